extension PageScript {
    /// Reads the page's data and begins.
    static let start = #"""
        const data = JSON.parse(document.getElementById('data').textContent);
        const page = { runs: data.runs, worth: data.worth, live: data.live, epoch: null, parts: [] };

        buildPage();
        if (page.live) {
          polling.offset = page.runs[0].metrics_bytes;
          sayState();
          poll();
        } else {
          const times = page.runs.map(run => run.status && run.status.written).filter(time => time);
          page.state.textContent = 'A report' + (times.length > 0 ? ', as of ' + times.sort().pop() : '') + '.';
        }
        updatePage();

        // Charts are as wide as there is room; drawing them does not change their width.
        let drawnWidth = 0;
        new ResizeObserver(() => {
          const width = document.documentElement.clientWidth;
          if (width === drawnWidth) return;
          drawnWidth = width;
          for (const part of page.parts) if (part instanceof Chart) part.update();
        }).observe(document.documentElement);

        // What is folded stands in print too, and is folded again after it.
        let opened = [];
        addEventListener('beforeprint', () => {
          opened = [...document.querySelectorAll('details:not([open])')].filter(one => !one.closest('.chart'));
          for (const one of opened) one.open = true;
        });
        addEventListener('afterprint', () => { for (const one of opened) one.open = false; });
        """#
}
