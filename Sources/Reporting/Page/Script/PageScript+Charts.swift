extension PageScript {
    /// Curves over epochs with round ticks. Each has a colour, a dash and a mark of its own.
    static let charts = #"""
        const colourCount = 8;
        const dashes = ['', '8 3', '2 3', '9 3 2 3', '4 2'];
        const marks = [
          r => `M ${-r} 0 a ${r} ${r} 0 1 0 ${2 * r} 0 a ${r} ${r} 0 1 0 ${-2 * r} 0 z`,
          r => `M ${-r} ${-r} h ${2 * r} v ${2 * r} h ${-2 * r} z`,
          r => `M 0 ${-r - 1} L ${r + 1} ${r} H ${-r - 1} z`,
          r => `M 0 ${-r - 1} L ${r + 1} 0 L 0 ${r + 1} L ${-r - 1} 0 z`,
          r => `M ${-r} ${-r} L ${r} ${r} M ${-r} ${r} L ${r} ${-r}`,
          r => `M ${-r - 1} 0 H ${r + 1} M 0 ${-r - 1} V ${r + 1}`,
          r => `M ${-r - 1} ${-r} H ${r + 1} L 0 ${r + 1} z`,
          r => `M 0 ${-r - 1} V ${r + 1}`,
        ];

        function styleOf(number) {
          return { colour: 's' + number % colourCount, dash: dashes[number % dashes.length],
            mark: marks[number % marks.length] };
        }

        // All with as many decimals as the finest needs; very large and very small ones by their power of ten.
        function tickLabels(ticks) {
          const most = Math.max(...ticks.map(Math.abs));
          if (most >= 1e6 || most < 1e-4) return ticks.map(tick => tick === 0 ? '0' : Number(tick.toPrecision(4)).toExponential());
          const digits = Math.max(...ticks.map(tick => (String(tick).split('.')[1] || '').length));
          return ticks.map(tick => tick.toFixed(Math.min(8, digits)));
        }

        function sample(style, isFaint) {
          return drawn('svg', { class: 'sample', width: 34, height: 14, viewBox: '0 0 34 14', 'aria-hidden': 'true' },
            drawn('path', { d: 'M 1 7 H 33', class: 'line ' + style.colour + (isFaint ? ' faint' : ''),
              'stroke-dasharray': style.dash || null }),
            isFaint ? null : drawn('path', { d: style.mark(3), transform: 'translate(17 7)',
              class: 'mark ' + style.colour }));
        }

        // A chart with its legend. `series` gives, whenever it is asked, a list of lines: name, style, points [x, y, error],
        // and whether it is faint (many points without marks), flat (a target), or said by its last value.
        class Chart {
          constructor(title, unit, series, description) {
            Object.assign(this, { title, unit, series, description, hidden: new Set(), shown: '' });
            this.drawing = element('div', { class: 'drawing' });
            this.legend = element('ul', { class: 'legend' });
            this.words = element('p', { class: 'words small' });
            this.figures = folded('figures');
            this.figures.addEventListener('toggle', () => this.tell());
            this.node = element('figure', { class: 'chart' },
              element('figcaption', {}, element('h3', { text: title + (unit ? ', ' + unit : '') }), this.words),
              this.drawing, this.legend, this.figures);
          }

          // The first time it is drawn where it stands, for its width is known only then.
          update() {
            this.lines = this.series().filter(line => line.points.some(point => isNumber(point[1])));
            this.node.hidden = this.lines.length === 0;
            if (this.node.hidden) return;
            this.figures.hidden = this.lines.every(line => line.isFaint || line.isFlat);
            this.draw();
            this.list();
            this.tell();
          }

          get visible() {
            const lines = this.lines.filter(line => !this.hidden.has(line.name));
            return lines.length > 0 ? lines : this.lines;
          }

          draw() {
            const width = Math.max(240, this.drawing.clientWidth || 480);
            const height = 210;
            const points = this.visible.flatMap(line => line.points).filter(point => isNumber(point[1]));
            const lows = points.map(point => point[1] - (point[2] || 0));
            const highs = points.map(point => point[1] + (point[2] || 0));
            // Not spread over arguments: a long run has more points than a call may have.
            const low = this.fromZero ? 0 : lows.reduce((a, b) => Math.min(a, b), Infinity);
            const most = highs.reduce((a, b) => Math.max(a, b), -Infinity);
            // A few steps may take very long, as the first one does: the others are to be seen.
            const usual = highs.toSorted((a, b) => a - b)[Math.floor(0.98 * (highs.length - 1))];
            const high = this.fromZero && most > 3 * usual ? 1.5 * usual : most;
            const ticks = roundTicks(low, high === low ? low + Math.abs(low) * 0.1 + 1e-9 : high, 4, this.fromZero ? 1 : 0);
            const top = ticks[ticks.length - 1];
            const labels = tickLabels(ticks);
            const left = 16 + 7 * labels.reduce((longest, label) => Math.max(longest, label.length), 3);
            const box = { left, right: width - 12, top: 10, bottom: height - 34 };
            const end = Math.max(1, points.reduce((most, point) => Math.max(most, point[0]), 0));
            const scale = {
              x: x => box.left + x / end * (box.right - box.left),
              y: y => box.bottom - (Math.min(y, top) - ticks[0]) / (top - ticks[0]) * (box.bottom - box.top),
            };
            const cut = most > top ? 'Up to ' + figure(most) + ': what is above the axis is drawn at its top. ' : '';
            this.words.textContent = this.description + ' ' + cut;
            const description = this.description + ' ' + cut + this.visible.map(line => this.said(line)).join('; ') + '.';
            this.drawing.replaceChildren(drawn('svg',
              { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img',
                'aria-label': this.title + ': ' + description },
              drawn('title', { text: this.title }), drawn('desc', { text: description }),
              ...this.axes(box, scale, ticks, labels, end, width), this.cursor(box, scale, end),
              ...this.visible.map(line => this.line(line, scale))));
          }

          axes(box, scale, ticks, labels, end, width) {
            const xTicks = roundTicks(0, end, Math.max(2, width / 80), 1).filter(x => x <= end + 1e-9);
            return [
              ...ticks.flatMap((tick, place) => [
                drawn('path', { class: 'grid', d: `M ${box.left} ${scale.y(tick)} H ${box.right}` }),
                drawn('text', { class: 'tick', x: box.left - 7, y: scale.y(tick) + 4, 'text-anchor': 'end',
                  text: labels[place] }),
              ]),
              drawn('path', { class: 'axis', d: `M ${box.left} ${box.bottom} H ${box.right}` }),
              ...xTicks.flatMap(tick => [
                drawn('path', { class: 'axis', d: `M ${scale.x(tick)} ${box.bottom} v 4` }),
                drawn('text', { class: 'tick', x: scale.x(tick), y: box.bottom + 17, 'text-anchor': 'middle',
                  text: String(tick) }),
              ]),
              drawn('text', { class: 'tick', x: box.right, y: box.bottom + 31, 'text-anchor': 'end',
                text: this.along || 'epoch' }),
            ];
          }

          // Where the slider stands.
          cursor(box, scale, end) {
            if (this.along || page.epoch === null || page.epoch > end) return null;
            return drawn('path', { class: 'cursor', d: `M ${scale.x(page.epoch)} ${box.top} V ${box.bottom}` });
          }

          line(line, scale) {
            let path = '';
            let isBroken = true;
            for (const [x, y] of line.points) {
              if (isNumber(y)) path += (isBroken ? 'M' : 'L') + scale.x(x).toFixed(1) + ' ' + scale.y(y).toFixed(1);
              isBroken = !isNumber(y);
            }
            const known = line.points.filter(point => isNumber(point[1]));
            const every = Math.max(1, Math.ceil(known.length / 30));
            const marked = line.isFaint || line.isFlat ? [] : known.filter((_, place) => (known.length - 1 - place) % every === 0);
            return drawn('g', { class: line.style.colour },
              drawn('path', { d: path, class: 'line ' + line.style.colour + (line.isFaint ? ' faint' : ''),
                'stroke-dasharray': line.style.dash || null }),
              ...marked.filter(point => point[2]).map(([x, y, error]) => drawn('path', {
                class: 'error ' + line.style.colour,
                d: `M ${scale.x(x)} ${scale.y(y - error)} V ${scale.y(y + error)}` })),
              ...marked.map(([x, y]) => drawn('path', { class: 'mark ' + line.style.colour, d: line.style.mark(3),
                transform: `translate(${scale.x(x).toFixed(1)} ${scale.y(y).toFixed(1)})` })));
          }

          // A line's value at the slider, in words.
          said(line) {
            const known = line.points.filter(point => isNumber(point[1]));
            const wanted = this.along || page.epoch === null ? Infinity : page.epoch;
            const point = known.filter(one => one[0] <= wanted + 1e-9).pop() || known[0];
            return line.name + ' ' + figure(point[1]) + (point[2] ? ' ± ' + figure(point[2]) : '');
          }

          // Buttons stay the same elements while the names do: one of them may have the keyboard.
          list() {
            const names = this.lines.map(line => line.name).join('\n');
            if (names !== this.shown) {
              this.shown = names;
              this.legend.replaceChildren(...this.lines.map(line => {
                const button = toggle('', !this.hidden.has(line.name), isShown => {
                  if (isShown) this.hidden.delete(line.name); else this.hidden.add(line.name);
                  this.draw();
                });
                button.append(sample(line.style, line.isFaint), element('span', {}));
                return element('li', {}, button);
              }));
            }
            [...this.legend.querySelectorAll('button span')].forEach((span, place) => {
              span.textContent = this.said(this.lines[place]);
            });
          }

          // All values, for who cannot see the lines or wants the numbers.
          tell() {
            if (!this.figures.open || this.figures.hidden) return;
            const lines = this.lines.filter(line => !line.isFaint && !line.isFlat);
            const places = [...new Set(lines.flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
            const rows = places.slice(-1000).map(x => [String(x), ...lines.map(line => {
              const point = line.points.find(one => one[0] === x);
              return point ? figure(point[1]) + (point[2] ? ' ± ' + figure(point[2]) : '') : '-';
            })]);
            const told = JSON.stringify([lines.map(line => line.name), rows]);
            if (told === this.told) return;
            this.told = told;
            this.figures.querySelector('.scrolled')?.remove();
            this.figures.append(table(this.title + ' by ' + (this.along || 'epoch'),
              [this.along || 'epoch', ...lines.map(line => line.name)], rows));
          }
        }
        """#
}
