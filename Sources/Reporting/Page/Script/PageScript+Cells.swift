extension PageScript {
    /// The cells of the epoch that the slider chooses, as the program drew them.
    static let cells = #"""
        // The text of the cell to show, and of which epoch it is. The last one is what the run ended with.
        function shownCell(run) {
          const last = newest(run);
          if (run.genotype && (page.epoch === null || !last || page.epoch > last.epoch))
            return { genotype: run.genotype, words: run.epochs.length > 0 ? 'the run\'s result' : 'as it was given or drawn' };
          const line = chosenEpoch(run);
          if (!line || !line.genotype) return null;
          return { genotype: line.genotype, words: 'after epoch ' + (line.epoch + 1), epoch: line.epoch };
        }

        // Not every epoch has a picture: a long run has those of some.
        function nearestPicture(run, shown) {
          if (run.pictures[shown.genotype]) return shown;
          const before = run.epochs.filter(line => line.epoch <= shown.epoch && run.pictures[line.genotype]).pop()
            || run.epochs.find(line => run.pictures[line.genotype]);
          return before && { genotype: before.genotype, epoch: before.epoch,
            words: 'after epoch ' + (before.epoch + 1) + ', the nearest one with a picture here' };
        }

        function describedCell(genotype, kind) {
          const edges = keptEdges(genotype, kind).filter(edge => edge.operation !== 'none');
          const inputs = genotype.startsWith('|') ? 1 : 2;
          return edges.map(edge => edge.operation + ' from ' + nodeName(edge.from, inputs) + ' to '
            + nodeName(edge.to, inputs)).join(', ') || 'no live edge';
        }

        class Cells {
          constructor() {
            this.columns = page.runs.map(() => element('div', { class: 'cells' }));
            this.shown = page.runs.map(() => '');
            this.node = element('div', { class: 'runs' }, ...this.columns);
          }

          update() {
            page.runs.forEach((run, place) => {
              const wanted = shownCell(run);
              const shown = wanted && nearestPicture(run, wanted);
              const now = shown ? shown.words + shown.genotype : 'none';
              // What stands already is left, for somebody may be reading it.
              if (this.shown[place] === now) return;
              this.shown[place] = now;
              this.columns[place].replaceChildren(
                page.runs.length > 1 ? element('h3', { text: shortName(run) }) : '',
                ...(shown ? this.figures(run, shown) : [element('p', { class: 'words',
                  text: 'No cell yet: the first epoch is not over, or no picture of it could be made.' })]));
            });
          }

          figures(run, shown) {
            const kinds = Object.entries(run.pictures[shown.genotype]);
            const name = kind => cellName(kind, kinds.length);
            return [
              ...kinds.map(([kind, svg]) => element('figure', { class: 'cell' },
                element('figcaption', { text: name(kind) + ', ' + shown.words }),
                scrolled(name(kind), picture(svg, name(kind), describedCell(shown.genotype, kind)) || element('p')))),
              folded('as text', element('pre', { tabindex: '0', text: shown.genotype })),
            ];
          }
        }
        """#
}
