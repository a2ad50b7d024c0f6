extension PageScript {
    /// Numbers as people read them, and what a run's lines mean.
    static let values = #"""
        function isNumber(value) { return typeof value === 'number' && Number.isFinite(value); }

        // Of what another program may have written: a list, or none.
        function list(value) { return Array.isArray(value) ? value : []; }

        function decimal(value, digits) { return isNumber(value) ? value.toFixed(digits) : '-'; }

        function percent(share, digits = 2) { return isNumber(share) ? (100 * share).toFixed(digits) : '-'; }

        // Four significant digits, of large numbers all.
        function figure(value) {
          if (!isNumber(value)) return '-';
          const size = Math.abs(value);
          if (size === 0) return '0';
          if (size >= 1e9 || size < 1e-4) return value.toExponential(2);
          return size >= 1000 ? grouped(Math.round(value)) : String(Number(value.toPrecision(4)));
        }

        function grouped(value) { return isNumber(value) ? value.toLocaleString('en') : '-'; }

        function duration(seconds) {
          if (!isNumber(seconds)) return '-';
          const whole = Math.max(0, Math.round(seconds));
          const [days, hours, minutes] = [whole / 86400, whole / 3600 % 24, whole / 60 % 60].map(Math.floor);
          if (days > 0) return days + ' d ' + hours + ' h';
          if (hours > 0) return hours + ' h ' + minutes + ' min';
          return minutes > 0 ? minutes + ' min ' + whole % 60 + ' s' : whole + ' s';
        }

        // Places at 1, 2 or 5 times a power of ten, about so many, the outer ones not inside of low and high.
        function roundTicks(low, high, count, smallest = 0) {
          const raw = Math.max((high - low) / Math.max(1, count), smallest, 1e-12);
          const power = 10 ** Math.floor(Math.log10(raw));
          const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= raw * 0.999);
          const first = Math.floor(low / step + 1e-9);
          const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
          // A product of whole numbers and a step has digits that mean nothing.
          return Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
        }

        function mean(values) { return values.reduce((sum, value) => sum + value, 0) / values.length; }

        // Of a sample; null of one value.
        function deviation(values) {
          if (values.length < 2) return null;
          const centre = mean(values);
          return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
        }

        // A number with k, M or G behind it, as settings have it; null for what is none.
        function amount(text) {
          const parts = /^([0-9.]+(?:e[+-]?[0-9]+)?)\s*([kMG]?)/.exec(text || '');
          return parts ? Number(parts[1]) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[parts[2]] : null;
        }

        // MARK: Runs

        function newest(run) { return run.epochs[run.epochs.length - 1] || null; }

        // The epoch's line at the place that the slider chooses: 1 is after the first epoch. A run that has fewer shows its last.
        function chosenEpoch(run) {
          const wanted = (page.epoch ?? Infinity) - 1;
          let found = null;
          for (const line of run.epochs) if (line.epoch <= wanted) found = line;
          return found || run.epochs[0] || null;
        }

        function stepsPerEpoch(run) {
          if (run.steps_per_epoch) return run.steps_per_epoch;
          if (run.epochs.length > 0 && run.steps.count > 0) return run.steps.count / run.epochs.length;
          const progress = run.status && run.status.progress;
          return progress && progress.epochs > 0 ? progress.steps / progress.epochs : Math.max(1, run.steps.count);
        }

        function setting(run, key) {
          const found = run.settings.find(one => one[0] === key);
          return found ? found[1] : null;
        }

        // The last part of a folder's path, or all of it where runs share that part.
        function shortName(run) {
          const last = path => path.split('/').filter(part => part !== '').pop() || path;
          const own = last(run.name);
          return page.runs.filter(other => last(other.name) === own).length > 1 ? run.name : own;
        }

        const networks = [['soft', 'soft sample'], ['hard', 'hard sample'], ['derived', 'derived'], ['top2', 'top-2']];

        function stateOf(run) {
          const state = run.status && run.status.state;
          if (state === 'running' && !page.live) return 'running when this was written, or ended without a word';
          return state || 'no status';
        }

        // MARK: Edges and operations

        // Edges of a cell in their order: every earlier node feeds every later one. Of one input node a cell of m nodes has
        // m (m + 1) / 2 edges, of two inputs one less than such a number.
        function edgesOf(count) {
          let nodes = 1;
          while (nodes * (nodes + 1) / 2 < count) nodes += 1;
          const inputs = nodes * (nodes + 1) / 2 === count ? 1 : 2;
          const edges = [];
          for (let to = inputs; edges.length < count; to += 1)
            for (let from = 0; from < to && edges.length < count; from += 1) edges.push({ from, to, inputs });
          return edges;
        }

        function nodeName(node, inputs) {
          return node >= inputs ? 'node ' + (node - inputs) : inputs === 1 || node === 1 ? 'c_{k-1}' : 'c_{k-2}';
        }

        function edgeName(edge) {
          return nodeName(edge.from, edge.inputs) + ' → ' + nodeName(edge.to, edge.inputs);
        }

        // What a genotype keeps in a cell: operation, source and target of each edge. Three forms are in use: all edges, two
        // edges a node, and NAS-Bench-201's text.
        function keptEdges(genotype, kind) {
          if (typeof genotype !== 'string' || !/^[a-z]+$/.test(kind)) return [];
          if (genotype.startsWith('|')) return keptStaged(genotype);
          const text = new RegExp('(?:^|[(, ])' + kind + '\\s*=\\s*\\[([^\\]]*)\\]').exec(genotype);
          const pairs = text ? [...text[1].matchAll(/\(\s*['"]([^'"]*)['"]\s*,\s*([0-9]+)\s*\)/g)] : [];
          const all = edgesOf(pairs.length);
          const nodes = (Math.sqrt(9 + 8 * pairs.length) - 3) / 2;
          const isAll = Number.isInteger(nodes) && all.every((edge, place) => edge.from === Number(pairs[place][2]));
          return pairs.map((pair, place) => ({
            operation: pair[1], from: Number(pair[2]), to: isAll ? all[place].to : 2 + Math.floor(place / 2),
          }));
        }

        function keptStaged(genotype) {
          return genotype.split('+').flatMap((node, place) =>
            [...node.matchAll(/\|([^|~]+)~([0-9]+)/g)].map(pair =>
              ({ operation: pair[1], from: Number(pair[2]), to: place + 1 })));
        }
        """#
}
