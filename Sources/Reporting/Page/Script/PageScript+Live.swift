extension PageScript {
    /// A page that a coordinator serves: asks it every two seconds, and takes up what has come.
    static let live = #"""
        const pollSeconds = 2;
        const answerSeconds = 10;
        const pictureSeconds = 6;
        // Answers to one question for metrics; a server may give a long file in parts.
        const partLimit = 200;
        const historyLimit = 900;
        const stepPointLimit = 4000;

        const polling = { began: Date.now(), history: [], lostSince: null, isOver: false, offset: 0, reloaded: 0 };

        async function ask(path, headers = {}) {
          return fetch(path, { headers, cache: 'no-store', signal: AbortSignal.timeout(1000 * answerSeconds) });
        }

        async function poll() {
          try {
            const answer = await ask('status.json');
            if (!answer.ok) throw new Error('status.json: ' + answer.status);
            takeStatus(await answer.json());
            await readMetrics();
            polling.lostSince = null;
          } catch (error) {
            polling.lostSince = polling.lostSince || new Date();
            polling.why = String(error.message || error);
          }
          sayState();
          updatePage();
          fetchPictures();
          if (!polling.isOver) setTimeout(poll, 1000 * pollSeconds);
          else setTimeout(fetchPictures, 1000 * pictureSeconds);
        }

        function takeStatus(status) {
          const run = page.runs[0];
          run.status = status;
          polling.isOver = ['finished', 'stopped'].includes(status.state);
          polling.history.push({ minutes: (Date.now() - polling.began) / 60000, workers: list(status.workers) });
          if (polling.history.length > historyLimit) polling.history.shift();
        }

        // MARK: Metrics

        // Whole lines from where the last ones ended.
        async function readMetrics() {
          for (let part = 0; part < partLimit; part += 1) {
            const answer = await ask('metrics.jsonl', { Range: 'bytes=' + polling.offset + '-' });
            if (answer.status === 416) return checkShorter(answer);
            if (answer.status === 404) return;
            if (!answer.ok) throw new Error('metrics.jsonl: ' + answer.status);
            let bytes = new Uint8Array(await answer.arrayBuffer());
            // A server that knows no ranges gives all of it.
            if (answer.status === 200) bytes = bytes.subarray(polling.offset);
            const end = bytes.lastIndexOf(10) + 1;
            if (end === 0) return;
            const text = new TextDecoder().decode(bytes.subarray(0, end));
            for (const line of text.split('\n')) if (line !== '') takeLine(line);
            polling.offset += end;
            const total = /\/([0-9]+)$/.exec(answer.headers.get('Content-Range') || '');
            if (!total || polling.offset >= Number(total[1])) return;
          }
        }

        // A file that became shorter was begun anew: the page reads all of it again.
        function checkShorter(answer) {
          const total = /\/([0-9]+)$/.exec(answer.headers.get('Content-Range') || '');
          if (total && Number(total[1]) < polling.offset) location.reload();
        }

        // One that is damaged is passed over.
        function takeLine(line) {
          const run = page.runs[0];
          try {
            const value = JSON.parse(line);
            if (value.kind === 'step' && Number.isInteger(value.step)) takeStep(run, value);
            if (value.kind === 'epoch' && Number.isInteger(value.epoch)) takeEpoch(run, value);
          } catch { return; }
        }

        const stepColumns = ['loss', 'accuracy', 'seconds', 'workers', 'learning_rate', 'weight_gradient_norm'];

        // Steps come one by one here; a run that goes on for long has fewer points, the means of two.
        function takeStep(run, value) {
          const steps = run.steps;
          steps.open = steps.open || [];
          steps.open.push(value);
          steps.count += 1;
          if (value.skipped) steps.skipped += 1;
          if (value.epoch > 0 && value.epoch === run.lastStepEpoch + 1) run.steps_per_epoch = value.step / value.epoch;
          run.lastStepEpoch = value.epoch;
          if (steps.open.length < steps.every) return;
          const averaged = values => { const known = values.filter(isNumber); return known.length ? mean(known) : null; };
          steps.step.push(steps.open[0].step);
          for (const column of stepColumns) steps[column].push(averaged(steps.open.map(one => one[column])));
          steps.open = [];
          if (steps.step.length < stepPointLimit) return;
          const pairs = Array.from({ length: stepPointLimit / 2 }, (_, place) => 2 * place);
          for (const column of stepColumns)
            steps[column] = pairs.map(place => averaged(steps[column].slice(place, place + 2)));
          steps.step = pairs.map(place => steps.step[place]);
          steps.every *= 2;
        }

        function takeEpoch(run, line) {
          for (const key of ['probabilities', 'credits']) {
            if (!line[key]) continue;
            const kinds = Object.entries(line[key]);
            run.operations = run.operations
              || Object.fromEntries(kinds.map(([kind, rows]) => [kind, rows.map(row => Object.keys(row))]));
            line[key] = Object.fromEntries(kinds.map(([kind, rows]) => [kind, rows.map(row => Object.values(row))]));
          }
          run.epochs = run.epochs.filter(one => one.epoch !== line.epoch).concat(line).sort((a, b) => a.epoch - b.epoch);
        }

        // A new cell's picture, warnings and results stand in the page itself, as the coordinator would serve it now. It makes the page
        // anew after some seconds only: what is missing then is asked for again.
        async function fetchPictures() {
          const last = newest(page.runs[0]);
          if (!last || !last.genotype || page.runs[0].pictures[last.genotype]) return;
          if (polling.isFetching || Date.now() - polling.reloaded < 1000 * pictureSeconds) return;
          polling.isFetching = true;
          polling.reloaded = Date.now();
          try {
            const answer = await ask('.');
            const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html');
            const fresh = JSON.parse(parsed.getElementById('data').textContent).runs[0];
            const run = page.runs[0];
            Object.assign(run.pictures, fresh.pictures);
            for (const key of ['warnings', 'earlier_warnings', 'remarks', 'genotype']) run[key] = fresh[key];
            updatePage();
          } catch (error) {
            polling.why = String(error.message || error);
          } finally {
            polling.isFetching = false;
          }
        }

        // MARK: What it says

        function sayState() {
          const status = page.runs[0].status || {};
          const time = date => date.toISOString().slice(11, 19) + ' UTC';
          page.state.classList.toggle('lost', polling.lostSince !== null);
          if (polling.lostSince) {
            page.state.textContent = 'The coordinator has been out of reach since ' + time(polling.lostSince)
              + '. It is asked again every ' + pollSeconds + ' s; what stands here is older.';
          } else if (polling.isOver) {
            page.state.textContent = 'The run is over: ' + status.state + ' at ' + status.written + '.';
          } else {
            page.state.textContent = 'Live: asked every ' + pollSeconds + ' s.';
          }
        }

        // MARK: Workers over time

        const chartedWorkers = 12;

        function liveCharts() {
          const lines = value => () => {
            const all = polling.history.flatMap(one => one.workers.map(worker => worker.worker));
            const names = [...new Set(all)].slice(0, chartedWorkers);
            return names.map((name, place) => ({ name, style: styleOf(place), isFaint: true,
              points: polling.history.map((one, at) => [one.minutes, value(name, at)]) }));
          };
          const found = (name, at) => at < 0 ? null : polling.history[at].workers.find(worker => worker.worker === name);
          const rate = (name, at) => {
            const [now, before] = [found(name, at), found(name, at - 1)];
            const seconds = before ? 60 * (polling.history[at].minutes - polling.history[at - 1].minutes) : 0;
            return now && before && seconds > 0 ? Math.max(0, now.shards_done - before.shards_done) / seconds : null;
          };
          const charts = [
            new Chart('Shards a second', '', lines(rate), 'By worker, since this page was opened.'),
            new Chart('Traffic', 'MB/s', lines((name, at) => (found(name, at) || {}).mb_per_second), 'By worker.'),
          ];
          for (const chart of charts) Object.assign(chart, { along: 'minutes', fromZero: true });
          return charts;
        }
        """#
}
