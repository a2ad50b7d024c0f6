extension PageScript {
    /// Alpha by edge and operation, and the credits: a table whose cells have a colour, a bar and a number.
    static let heatMap = #"""
        const heatModes = [
          ['probabilities', 'probability, %'],
          ['credits', 'credit, 1/1000 (negative lowers the loss)'],
        ];

        function cellName(kind, count) {
          return count === 1 ? 'Cell' : kind === 'normal' ? 'Normal cell' : 'Reduction cell';
        }

        class HeatMap {
          constructor() {
            this.run = Math.max(0, page.runs.findIndex(run => (newest(run) || {}).probabilities));
            this.mode = 0;
            this.tables = [];
            this.built = '';
            this.words = element('p', { class: 'words' });
            this.body = element('div', { class: 'maps' });
            const controls = element('div', { class: 'controls' },
              page.runs.length > 1
                ? choice('run', page.runs.map(shortName), place => { this.run = place; this.update(); }) : null,
              choice('shown', heatModes.map(mode => mode[1]), place => { this.mode = place; this.update(); }));
            if (page.runs.length > 1) controls.querySelector('select').value = String(this.run);
            this.node = element('div', {}, controls, this.words, this.body);
          }

          update() {
            const run = page.runs[this.run];
            const line = chosenEpoch(run);
            const key = heatModes[this.mode][0];
            const values = line && line[key];
            if (!values) {
              this.built = '';
              this.body.replaceChildren();
              this.words.textContent = !line ? 'No epoch is over yet.' : run.retraining
                ? 'A retraining has no alpha.'
                : 'This run\'s metrics have no ' + key + ' for this epoch: '
                  + (key === 'credits' ? 'there are none before the first step of alpha.' : 'an earlier version wrote them.');
              return;
            }
            this.words.textContent = 'After epoch ' + (line.epoch + 1) + (page.runs.length > 1 ? ' of ' + shortName(run) : '')
              + '. A frame and a dot mark the operation that the cell keeps.';
            const names = run.operations || {};
            const shape = JSON.stringify([this.run, this.mode, names]);
            if (shape !== this.built) this.build(values, names, shape);
            for (const map of this.tables) this.fill(map, values[map.kind] || [], line.genotype);
          }

          build(values, names, shape) {
            this.built = shape;
            this.tables = Object.keys(values).map(kind => {
              const edges = edgesOf(values[kind].length);
              const columns = [...new Set((names[kind] || []).flat())];
              const cells = edges.map((_, place) => columns.map(name => {
                const number = element('span', { class: 'number' });
                const index = ((names[kind] || [])[place] || []).indexOf(name);
                const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
                return { index, name, number, cell: element('td', {}, number, bar) };
              }));
              const title = cellName(kind, Object.keys(values).length) + ', ' + heatModes[this.mode][1];
              const node = scrolled(title, element('table', { class: 'heat' }, element('caption', { text: title }),
                element('thead', {}, element('tr', {}, element('th', { scope: 'col', text: 'edge' }),
                  ...columns.map(name => element('th', { scope: 'col', text: name.replaceAll('_', ' ') })))),
                element('tbody', {}, ...edges.map((edge, place) => element('tr', {},
                  element('th', { scope: 'row', text: edgeName(edge) }), ...cells[place].map(one => one.cell))))));
              return { kind, edges, cells, node };
            });
            this.body.replaceChildren(...this.tables.map(map => map.node));
          }

          fill(map, rows, genotype) {
            const kept = keptEdges(genotype, map.kind);
            const isCredit = this.mode === 1;
            const most = Math.max(1e-12, ...rows.flat().filter(isNumber).map(Math.abs));
            map.edges.forEach((edge, place) => {
              const own = kept.filter(one => one.from === edge.from && one.to === edge.to).map(one => one.operation);
              for (const { index, name, number, cell } of map.cells[place]) {
                const value = index >= 0 ? (rows[place] || [])[index] : null;
                const isKept = own.includes(name);
                number.textContent = !isNumber(value) ? '' : (isKept ? '• ' : '')
                  + (isCredit ? (1000 * value).toFixed(1) : (100 * value).toFixed(value >= 0.0995 ? 0 : 1));
                const share = !isNumber(value) ? 0 : isCredit ? Math.abs(value) / most : value;
                cell.style.setProperty('--share', (100 * share).toFixed(1) + '%');
                cell.className = (isKept ? 'kept ' : '') + (isCredit && value > 0 ? 'bad' : '');
              }
            });
          }
        }
        """#
}
