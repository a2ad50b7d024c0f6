extension PageScript {
    /// What stands in tables: the summary, workers, warnings, facts and settings.
    static let tables = #"""
        function factList(facts, kind = '') {
          return element('dl', { class: 'facts ' + kind }, ...facts.map(([name, value]) => element('div', {},
            element('dt', { text: name }), element('dd', { text: value }))));
        }

        function summaryOf() {
          const remarks = page.runs.flatMap(run => run.remarks.map(remark => element('p', { class: 'words remark',
            text: (page.runs.length > 1 ? shortName(run) + ': ' : '') + remark })));
          return [...(page.runs.length === 1 ? [factList(standing(page.runs[0]))] : [sideBySide()]), ...remarks];
        }

        function heldOut(run) {
          const last = newest(run);
          if (!last) return [];
          return (run.retraining ? [['held_out', 'held-out images']] : networks)
            .filter(([key]) => last[key] && isNumber(last[key].accuracy))
            .map(([key, name]) => [name, percent(last[key].accuracy) + ' %'
              + (isNumber(last[key].standard_error) ? ' ± ' + percent(last[key].standard_error) : '')]);
        }

        function standing(run) {
          const status = run.status || {};
          const progress = status.progress || {};
          const checkpoint = status.checkpoint;
          const dropped = Object.entries(status.dropped || {}).filter(([, count]) => count > 0);
          const known = [
            ['state', stateOf(run)],
            isNumber(progress.epoch) ? ['epoch', progress.epoch + ' of ' + progress.epochs] : ['epochs done', String(run.epochs.length)],
            isNumber(progress.step) ? ['step', progress.step + ' of ' + progress.steps] : ['steps told', String(run.steps.count)],
            ['loss', decimal(progress.loss, 4)],
            ...heldOut(run),
            ['ms a step', decimal(progress.ms_per_step, 1)],
            ['images a second', decimal(progress.images_per_second, 0)],
            ['time left', status.state === 'running' ? duration(progress.seconds_left) : '-'],
            status.evaluation ? ['evaluating', status.evaluation.subject + ', round ' + status.evaluation.round + ' of '
              + status.evaluation.rounds] : null,
            ['workers', String(list(status.workers).length)],
            checkpoint ? ['last checkpoint', checkpoint.name
              + (page.live ? ', ' + duration(checkpoint.age_seconds) + ' old' : '')] : null,
            run.steps.skipped > 0 ? ['steps skipped', String(run.steps.skipped)] : null,
            dropped.length > 0 ? ['messages dropped',
              dropped.map(([why, count]) => count + ' ' + why.replaceAll('_', ' ')).join(', ')] : null,
            status.host ? ['coordinator', status.host + '/' + status.pid + ', generation ' + status.generation] : null,
            status.written ? ['written', status.written] : null,
          ];
          return known.filter(one => one && one[1] !== '-');
        }

        // Whether the runs are one search with several seeds.
        function areSeeds() {
          const others = run => JSON.stringify(run.settings.map(one => one.slice(0, 2)).filter(one => one[0] !== 'run.seed'));
          return page.runs.every(run => run.settings.length > 0 && others(run) === others(page.runs[0]));
        }

        // A row a run; below those of several seeds mean and deviation.
        function sideBySide() {
          const columns = [
            ['state', null, stateOf],
            ['seed', null, run => setting(run, 'run.seed') || '-'],
            ['epochs', null, run => String(run.epochs.length)],
            ...networks.map(([key, name]) => [name + ', %', 2, run => share(run, key)]),
            ['held-out images, %', 2, run => share(run, 'held_out')],
            ['training loss', 4, run => (newest(run) || {}).train_loss],
            ['entropy, nats', 2, run => (newest(run) || {}).entropy],
            ['M parameters', 3, run => {
              const budget = (newest(run) || {}).budget;
              return budget && budget.derived ? budget.derived.parameters * 1e-6 : null;
            }],
          ].filter(([, digits, value]) => digits === null || page.runs.some(run => isNumber(value(run))));
          const rows = page.runs.map(run => [shortName(run),
            ...columns.map(([, digits, value]) => digits === null ? value(run) : decimal(value(run), digits))]);
          const spread = columns.map(([, digits, value]) => {
            const known = digits === null ? [] : page.runs.map(value).filter(isNumber);
            return known.length < 2 ? '' : decimal(mean(known), digits) + ' ± ' + decimal(deviation(known), digits);
          });
          const head = ['run', ...columns.map(column => column[0])];
          return areSeeds()
            ? table('One search with several seeds, as the last epochs tell', head, [...rows, ['mean ± deviation', ...spread]], 'totalled')
            : table('Runs, as their last epochs tell', head, rows);
        }

        function share(run, key) {
          const last = newest(run);
          return last && last[key] && isNumber(last[key].accuracy) ? 100 * last[key].accuracy : null;
        }

        // MARK: Workers

        function workersOf() {
          return page.runs.flatMap(run => {
            const workers = list(run.status && run.status.workers);
            const title = 'Workers' + (page.runs.length > 1 ? ' of ' + shortName(run) : '')
              + (page.live ? '' : ' when the coordinator wrote last');
            if (workers.length === 0) return [element('p', { class: 'words', text: title + ': none.' })];
            return [table(title, ['worker', 'state', 'threads', 'processor', 'device', 'shards open', 'done', 'MB/s', 'silent'],
              workers.map(one => [one.worker, one.state, String(one.threads), one.processor, one.device,
                String(one.open_shards), grouped(one.shards_done), decimal(one.mb_per_second, 1), duration(one.silent_seconds)]))];
          });
        }

        // MARK: Warnings

        function warningsOf() {
          const rows = page.runs.flatMap(run => run.warnings.map(([time, level, message]) =>
            [time.replace('T', ' ').replace(/\.[0-9]+Z$/, ''), level, (page.runs.length > 1 ? shortName(run) + ': ' : '') + message]));
          const left = page.runs.reduce((sum, run) => sum + run.earlier_warnings, 0);
          const words = rows.length === 0 ? 'None.' : left > 0 ? left + ' older ones are not shown.' : '';
          const notes = page.live ? list((page.runs[0].status || {}).notes) : [];
          return [
            element('p', { class: 'words', text: words }),
            ...(rows.length > 0 ? [table('Warnings, the newest first', ['time (UTC)', 'level', 'what'], rows.reverse(), 'said')] : []),
            ...(notes.length > 0 ? [element('h3', { text: 'Newest notes' }),
              element('ul', { class: 'notes' }, ...notes.map(text => element('li', { text })))] : []),
          ];
        }

        // MARK: Where it came from

        function factsOf(run) { return [factList(run.facts, 'long')]; }

        function worthTable(one) {
          const drawing = one.picture ? picture(one.picture, one.title, one.notes.join(' ')) : null;
          return element('div', {}, table(one.title, one.head, one.rows),
            ...one.notes.map(text => element('p', { class: 'words', text })),
            drawing ? scrolled(one.title, element('div', { class: 'cell' }, drawing)) : null);
        }

        function settingsOf() {
          const keys = [...new Set(page.runs.flatMap(run => run.settings.map(one => one[0])))];
          if (keys.length === 0) return [];
          if (page.runs.length > 1) {
            const rows = keys.map(key => [key, ...page.runs.map(run => setting(run, key) ?? '-')]);
            const head = ['setting', ...page.runs.map(shortName)];
            const others = rows.filter(row => row.slice(1).some(value => value !== row[1]));
            return [
              others.length > 0 ? table('Settings in which the runs differ', head, others)
                : element('p', { class: 'words', text: 'All settings are the same.' }),
              folded('all settings', table('All settings', head, rows)),
            ];
          }
          const settings = page.runs[0].settings;
          const given = settings.filter(one => one[2] !== 'default' && one[2] !== '');
          const head = ['setting', 'value', 'from'];
          return [
            ...(given.length > 0 ? [folded('settings that were given (' + given.length + ')',
              table('Settings that were given', head, given))] : []),
            folded('all settings (' + settings.length + ')', table('All settings', head, settings)),
          ];
        }
        """#
}
