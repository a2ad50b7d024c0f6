/// The style of a page: light and dark, wide and narrow, on a screen and on paper.
enum PageStyle {
    static let text = colours + layout + parts + pictures + paper

    /// Eight colours that people who confuse red and green tell apart too, each with enough contrast on its ground. What they
    /// say is said by dashes, marks, bars and numbers as well.
    private static let colours = """

        :root {
          color-scheme: light dark;
          --ground: light-dark(#ffffff, #14171a); --panel: light-dark(#f6f7f9, #1d2125);
          --text: light-dark(#1b1f24, #e6e8ea); --quiet: light-dark(#555d66, #a4adb5);
          --edge: light-dark(#d0d5da, #3a4148); --accent: light-dark(#0b5cad, #6db3f2);
          --heat: light-dark(#0b5cad, #4a9be0); --bad-heat: light-dark(#b34700, #c4651f); --bad: light-dark(#b34700, #f0924c);
          --lost: light-dark(#8c1d18, #ff9d96);
          --s0: light-dark(#0b5cad, #6db3f2); --s1: light-dark(#b34700, #f0924c);
          --s2: light-dark(#00715a, #3fc9a4); --s3: light-dark(#8a2d6b, #e08cc4);
          --s4: light-dark(#5c5200, #d1c24a); --s5: light-dark(#3d3d9e, #a5a5f5);
          --s6: light-dark(#8c1d18, #ff9d96); --s7: light-dark(#3c4650, #c2cad1);
        }
        :root[data-theme="light"] { color-scheme: light; }
        :root[data-theme="dark"] { color-scheme: dark; }
        """

    private static let layout = """

        * { box-sizing: border-box; }
        html { scroll-padding-top: 4rem; }
        body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, "Helvetica Neue", Arial, sans-serif; }
        header, main { max-width: 1500px; margin: 0 auto; padding: 0 1.25rem; }
        header { padding-top: 1rem; display: grid; grid-template-columns: 1fr auto; gap: .25rem 1rem; align-items: baseline; }
        header .choice { justify-self: end; }
        h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--edge); }
        h3 { font-size: 1rem; margin: .2rem 0; overflow-wrap: anywhere; }
        .state { grid-column: 1 / -1; margin: 0; color: var(--quiet); }
        .state.lost { color: var(--lost); font-weight: 600; border-left: 4px solid; padding-left: .5rem; }
        nav { grid-column: 1 / -1; }
        nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: .2rem 0; padding: 0; }
        a { color: var(--accent); }
        .skip { position: absolute; left: -100vw; }
        .skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .3rem .6rem; z-index: 3; }
        main:focus { outline: none; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .slider { position: sticky; top: 0; z-index: 2; display: flex; gap: .8rem; align-items: center; padding: .5rem .2rem;
          background: var(--ground); border-bottom: 1px solid var(--edge); }
        .slider input { flex: 1; min-width: 4rem; height: 1.6rem; accent-color: var(--accent); }
        .slider output { min-width: 5.5rem; font-variant-numeric: tabular-nums; }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
        .runs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem; }
        .runs > *, .charts > *, .maps > * { min-width: 0; }
        .maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 40rem), 1fr)); gap: 1rem; }
        .controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
        .words { color: var(--quiet); margin: .4rem 0; overflow-wrap: anywhere; }
        .small { font-size: .82rem; margin: 0 0 .3rem; }
        .remark { color: var(--bad); }
        """

    private static let parts = """

        button, select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--edge); border-radius: 6px;
          padding: .15rem .5rem; max-width: 100%; }
        .choice { max-width: 100%; }
        .chart, .cell { margin: 0; padding: .6rem .8rem; background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; }
        .drawing svg { display: block; max-width: 100%; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem; margin: .3rem 0; padding: 0; }
        .legend button { display: flex; align-items: center; gap: .4rem; font-size: .85rem; text-align: left; background: none;
          font-variant-numeric: tabular-nums; }
        .legend button[aria-pressed="false"] { text-decoration: line-through; color: var(--quiet); }
        .legend button[aria-pressed="false"] .sample { opacity: .25; }
        .sample { flex: none; }
        .grid { stroke: var(--edge); stroke-width: 1; fill: none; }
        .axis { stroke: var(--quiet); fill: none; }
        .tick { fill: var(--quiet); font-size: 12px; }
        .cursor { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 3 3; fill: none; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .line.faint { stroke-width: 1.2; opacity: .75; }
        .error { stroke-width: 1.4; fill: none; }
        .mark { stroke-width: 1.6; fill: var(--panel); }
        .s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); } .s3 { stroke: var(--s3); }
        .s4 { stroke: var(--s4); } .s5 { stroke: var(--s5); } .s6 { stroke: var(--s6); } .s7 { stroke: var(--s7); }
        .scrolled { overflow-x: auto; max-width: 100%; }
        table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { padding: .18rem .55rem; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; }
        thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
        tbody th { font-weight: 500; }
        .totalled tbody tr:last-child { border-top: 2px solid var(--quiet); font-weight: 600; }
        .said td:last-child { overflow-wrap: anywhere; min-width: 16rem; }
        .heat { border-collapse: separate; border-spacing: 2px; }
        .heat th { white-space: nowrap; border: none; padding: .1rem .4rem; }
        .heat th:first-child { position: sticky; left: 0; z-index: 1; background: var(--ground); }
        .heat thead th { white-space: normal; max-width: 5.5rem; }
        .heat td { position: relative; border: none; border-radius: 3px; min-width: 3.6rem; height: 1.5rem; padding: .1rem .3rem;
          text-align: right; background: color-mix(in srgb, var(--heat) calc(var(--share, 0%) * .6), var(--panel)); }
        .heat td.bad { background: color-mix(in srgb, var(--bad-heat) calc(var(--share, 0%) * .6), var(--panel)); }
        .heat td.kept { outline: 2px solid var(--text); outline-offset: -1px; font-weight: 700; }
        .bar { position: absolute; left: 2px; bottom: 1px; height: 3px; max-width: calc(100% - 4px); width: var(--share, 0%); background: currentColor; }
        .cell figcaption { font-weight: 600; }
        .cells { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 1rem; align-content: start; }
        .cells > * { min-width: 0; }
        .cells > :not(.cell) { grid-column: 1 / -1; }
        .cell svg { display: block; height: auto; max-width: 100%; min-width: 26rem; }
        .cell svg > rect[fill="white"] { fill: none; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr)); gap: .5rem 1rem; margin: .4rem 0; }
        .facts.long { grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
        .facts dt { color: var(--quiet); font-size: .82rem; }
        .facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); border: 1px solid var(--edge); border-radius: 6px;
          padding: .4rem .6rem; margin: .2rem 0 .6rem; }
        .command p { margin: .4rem 0 0; }
        summary { cursor: pointer; color: var(--quiet); }
        """

    /// Pictures have their colours from where they are drawn, on white: the dark form has others in their places.
    private static let pictures =
        [
            ("#e4eefb", "#1f3247"), ("#e3f1e1", "#1f3a29"), ("#f2f2f2", "#2a2d30"), ("#345", "#b9cbe0"),
            ("#444444", "#c8cdd2"), ("#7a5c00", "#dcb94e"), ("#8a2d6b", "#e08cc4"), ("#1d7a4c", "#5fcf95"),
            ("#1b5fa7", "#7bb8f5"), ("#a04a1b", "#f0a070"), ("#c46a00", "#f2a654"), ("#b8cce4", "#3a5472"),
            ("#555", "#a4adb5"), ("#888", "#8a939b"), ("#999999", "#8a939b"), ("#bbbbbb", "#5d666e"),
        ].map { light, dark in
            ["fill", "stroke"].map { ".cell svg [\($0)=\"\(light)\"] { \($0): light-dark(\(light), \(dark)); }\n" }
                .joined()
        }.joined()
            + """
            .cell svg text:not([fill]) { fill: var(--text); }
            .cell svg [stroke="white"] { stroke: var(--panel); }
            """

    private static let paper = """

        @media (max-width: 40rem) {
          body { font-size: 14px; }
          header, main { padding: 0 .75rem; }
          header { grid-template-columns: 1fr; }
          header .choice { justify-self: start; }
          .heat td { min-width: 2.9rem; }
        }
        @media print {
          :root, :root[data-theme] { color-scheme: light; }
          body { font-size: 10.5pt; }
          .slider, nav, .skip, .choice { display: none; }
          .chart, .cell, tr { break-inside: avoid; }
          .chart details { display: none; }
          .heat td, .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .scrolled { overflow: visible; }
          h2 { break-after: avoid; }
        }

        """
}
