extension PageScript {
    /// The page's head, its slider and its sections.
    static let frame = #"""
        function section(id, title, ...children) {
          return element('section', { id, 'aria-labelledby': id + '-title' },
            element('h2', { id: id + '-title', text: title }), ...children);
        }

        // The one slider that all of the page follows. At its end it follows the newest epoch.
        class Slider {
          constructor(change) {
            this.input = element('input', { type: 'range', min: '1', max: '1', step: '1', value: '1', id: 'epoch' });
            this.output = element('output', { for: 'epoch' });
            this.input.addEventListener('input', () => {
              page.epoch = this.input.value === this.input.max ? null : Number(this.input.value);
              this.say();
              change();
            });
            this.node = element('div', { class: 'slider' },
              element('label', { for: 'epoch', text: 'Epoch' }), this.input, this.output);
          }

          update() {
            const most = Math.max(0, ...page.runs.map(run => newest(run) ? newest(run).epoch + 1 : 0));
            this.input.disabled = most < 2;
            this.input.max = String(Math.max(1, most));
            this.input.value = String(page.epoch ?? Math.max(1, most));
            this.most = most;
            this.say();
          }

          say() {
            const text = this.most === 0 ? 'none yet' : (page.epoch ?? this.most) + ' of ' + this.most;
            this.output.textContent = text;
            this.input.setAttribute('aria-valuetext', 'epoch ' + text);
          }
        }

        function themeChoice() {
          const names = ['as the system has them', 'light', 'dark'];
          return choice('colours', names, place => {
            document.documentElement.dataset.theme = place === 0 ? '' : names[place];
          });
        }

        function commandsOf(run) {
          return run.commands.map(([purpose, line]) => element('div', { class: 'command' },
            element('p', { text: purpose }), element('pre', { tabindex: '0', text: line })));
        }

        // A heading for each run, where there are several.
        function eachRun(make) {
          return element('div', { class: 'runs' }, ...page.runs.map(run => element('div', {},
            page.runs.length > 1 ? element('h3', { text: shortName(run) }) : null, ...make(run))));
        }

        function buildPage() {
          const names = page.runs.map(shortName);
          document.title = 'snas: ' + names.join(', ');
          const redraw = () => { for (const part of page.followed) part.update(); };
          page.slider = new Slider(redraw);
          page.state = element('p', { class: 'state', role: 'status' });
          const curves = chartsOf(curvePanels);
          const work = [...chartsOf(workerPanels), ...(page.live ? liveCharts() : [])];
          const map = new HeatMap();
          const cellColumns = new Cells();
          const summary = new Filled(summaryOf);
          const workers = new Filled(workersOf);
          const warnings = new Filled(warningsOf);
          page.followed = [...curves, map, cellColumns];
          page.parts = [summary, ...curves, map, cellColumns, ...work, workers, warnings];
          const sections = [
            section('summary', 'Where it stands', summary.node),
            section('curves', 'Curves', element('div', { class: 'charts' }, ...curves.map(chart => chart.node))),
            section('alpha', 'Alpha by edge and operation', map.node),
            section('cells', 'Cells', cellColumns.node),
            ...(page.worth.length > 0 ? [section('worth', 'What the cells are worth', ...page.worth.map(worthTable))] : []),
            section('workers', 'Workers', element('div', { class: 'charts' }, ...work.map(chart => chart.node)), workers.node),
            section('warnings', 'Warnings', warnings.node),
            section('commands', 'The commands that make it again', eachRun(commandsOf)),
            section('origin', 'Where it came from', eachRun(factsOf), ...settingsOf()),
          ];
          document.body.append(
            element('a', { class: 'skip', href: '#content', text: 'to the content' }),
            element('header', {}, element('h1', { text: names.join(', ') }), themeChoice(), page.state,
              element('nav', { 'aria-label': 'sections' }, element('ul', {}, ...sections.map(one =>
                element('li', {}, element('a', { href: '#' + one.id, text: one.querySelector('h2').textContent })))))),
            element('main', { id: 'content', tabindex: '-1' }, page.slider.node, ...sections));
        }

        // A part that is made anew whenever it changes.
        class Filled {
          constructor(make) {
            this.make = make;
            this.node = element('div');
          }

          update() {
            const children = this.make();
            const now = children.map(child => child.outerHTML).join('');
            if (now === this.shown) return;
            this.shown = now;
            // The keyboard and what was scrolled stay where they were.
            const places = () => [...this.node.querySelectorAll('.scrolled')];
            const scrolledTo = places().map(one => one.scrollLeft);
            const focused = places().indexOf(document.activeElement);
            this.node.replaceChildren(...children);
            places().forEach((one, place) => { one.scrollLeft = scrolledTo[place] || 0; });
            if (focused >= 0 && places()[focused]) places()[focused].focus({ preventScroll: true });
          }
        }

        function updatePage() {
          page.slider.update();
          for (const part of page.parts) part.update();
        }
        """#
}
