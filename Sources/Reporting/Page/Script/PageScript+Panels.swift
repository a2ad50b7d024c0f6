extension PageScript {
    /// Which curves there are. Of one run each chart has several lines, of several runs one line a run.
    static let panels = #"""
        // A line of a chart: `points` of a run, whether it is the one that stands for the run among others, and its kind.
        function ofEpochs(run, value, error = () => null) {
          return run.epochs.map(line => [line.epoch + 1, value(line), error(line)]);
        }

        function ofSteps(run, column, scale = 1) {
          const each = stepsPerEpoch(run);
          return run.steps.step.map((step, place) => {
            const value = run.steps[column][place];
            return [(step + (run.steps.every + 1) / 2) / each, isNumber(value) ? value * scale : null];
          });
        }

        function accuracyLines(run) {
          const share = (line, name) => line[name] && isNumber(line[name].accuracy) ? 100 * line[name].accuracy : null;
          const training = { name: 'training images', points: ofEpochs(run, line =>
            isNumber(line.train_accuracy) ? 100 * line.train_accuracy : null) };
          if (run.retraining)
            return [{ name: 'held-out images', isMain: true, points: ofEpochs(run, line => share(line, 'held_out')) }, training];
          return networks.map(([key, name]) => ({ name, isMain: key === 'derived', points: ofEpochs(run,
            line => share(line, key),
            line => line[key] && isNumber(line[key].standard_error) ? 100 * line[key].standard_error : null) }))
            .concat(training);
        }

        function softLines(run) {
          return accuracyLines(run).filter(line => line.name === 'soft sample').map(line => ({ ...line, isMain: true }));
        }

        function lossLines(run) {
          const every = run.steps.every === 1 ? 'each step' : 'means of ' + run.steps.every + ' steps';
          const held = (key, name) => ({ name, points: ofEpochs(run, line => line[key] ? line[key].loss : null) });
          return [
            { name: 'training, ' + every, isFaint: true, points: ofSteps(run, 'loss') },
            { name: 'training', isMain: true, points: ofEpochs(run, line => line.train_loss) },
            held('soft', 'soft sample'), held('derived', 'derived'), held('held_out', 'held-out images'),
          ];
        }

        function simple(key) {
          return run => [{ name: key.replaceAll('_', ' '), isMain: true, points: ofEpochs(run, line => line[key]) }];
        }

        function signalLines(run) {
          return [{ name: 'signal over noise', isMain: true, points: ofEpochs(run, line =>
            line.alpha_gradient_noise > 0 ? line.alpha_gradient_signal / line.alpha_gradient_noise : null) }];
        }

        function shareLines(run) {
          const line = (key, name, isMain) => ({ name, isMain, points: ofEpochs(run, one =>
            isNumber(one[key]) ? 100 * one[key] : null) });
          return [line('none_share', 'none', false), line('skip_share', 'skip_connect', true)];
        }

        // What the size is counted in, and what was asked for.
        const resources = [
          ['target_params', 'parameters', 1e-6, 'M parameters'], ['target_flops', 'multiply_adds', 1e-6, 'M multiply-adds'],
          ['target_memory', 'memory_access_elements', 1e-6, 'M elements of memory access'],
          ['target_latency', 'latency_ns', 1e-6, 'ms of latency'],
        ];

        function resourceOf(run) {
          return resources.find(one => !['none', null].includes(setting(run, 'budget.' + one[0]))) || resources[0];
        }

        function costLines(run) {
          const [key, field, scale, unit] = resourceOf(run);
          const lines = [{ name: unit, isMain: true, points: ofEpochs(run, line =>
            line.budget && line.budget.derived && isNumber(line.budget.derived[field])
              ? line.budget.derived[field] * scale : null) }];
          const asked = key === 'target_latency' ? null : amount(setting(run, 'budget.' + key));
          const last = newest(run);
          if (isNumber(asked) && last)
            lines.push({ name: 'asked for', isFlat: true, points: [[0, asked * scale], [last.epoch + 1, asked * scale]] });
          return lines;
        }

        function multiplierLines(run) {
          return [{ name: 'multiplier', isMain: true, points: ofEpochs(run, line =>
            line.budget ? line.budget.multiplier : null) }];
        }

        const curvePanels = [
          ['Accuracy', '%', accuracyLines, 'On held-out images, with the search\'s own weights.'],
          ['Accuracy of the soft sample', '%', softLines, 'On held-out images, with its standard error.', 'several'],
          ['Loss', 'nats', lossLines, 'Mean cross-entropy.'],
          ['Entropy of alpha', 'nats', simple('entropy'), 'Added over all edges.'],
          ['Temperature', '', simple('temperature'), 'Of a draw, in the epoch\'s last step.'],
          ['Signal in alpha\'s gradient', 'over noise', signalLines, 'Squared norms, means over the epoch\'s steps.'],
          ['Size of the derived network', '', costLines, 'Of the network that would be derived then.'],
          ['Multiplier of the size target', '', multiplierLines, 'What the size costs.'],
          ['Edges that keep no convolution or pool', '%', shareLines, 'Of all edges of both cells.'],
          ['Learning rate', '', simple('learning_rate'), 'Of the weights.'],
        ];

        const workerPanels = [
          ['Workers', '', run => [{ name: 'ready', isMain: true, isFaint: true, points: ofSteps(run, 'workers') }],
            'Ready ones in each step.', '', 'from zero'],
          ['Time of a step', 'ms', run => [{ name: 'ms a step', isMain: true, isFaint: true,
            points: ofSteps(run, 'seconds', 1000) }], 'What its rounds took together.', '', 'from zero'],
        ];

        // One chart of a panel, over all runs.
        function chartOf([title, unit, lines, description, , fromZero]) {
          const chart = new Chart(title, unit, () => {
            if (page.runs.length === 1)
              return lines(page.runs[0]).map((line, place) => ({ ...line, style: styleOf(place) }));
            return page.runs.flatMap((run, place) => lines(run).filter(line => line.isMain)
              .map(line => ({ ...line, name: shortName(run), style: styleOf(place) })));
          }, page.runs.length > 1 && lines === accuracyLines ? 'Of the derived network. ' + description : description);
          chart.fromZero = fromZero === 'from zero';
          return chart;
        }

        function chartsOf(panels) {
          return panels.filter(panel => panel[4] !== 'several' || page.runs.length > 1).map(chartOf);
        }
        """#
}
