import Exchange
import Testing

@Suite
struct PrometheusTextTests {
    @Test("Families have help, type and a line a value, with the format's escapes; those without a value are left out")
    func text() {
        var took = MetricHistogram(upTo: [0.5, 2])
        for seconds in [0.25, 0.5, 1, 30] { took.observe(seconds) }
        #expect(took.count == 4)
        let families: [MetricFamily] = [
            .counter("snas_steps_total", "Steps.", 1_234_567_890_123),
            .gauge("snas_loss", "A \\ and \"quotes\",\nin two lines.", 0.25),
            .gauge("snas_unknown", "Not known yet.", nil),
            .gauge("snas_waits", "Whether it waits.", true),
            .gauge("snas_workers", "Workers.", by: "state", [("idle", 0), ("computing", 3)]),
            .facts("snas_run_info", "Which run.", [.init("folder", "a\\b\"c\nd \u{e9}"), .init("run", "7")]),
            .gauge("snas_odd", "Not finite.", by: "what", [("a", .nan), ("b", .infinity), ("c", -.infinity)]),
            .histogram("snas_step_seconds", "Time.", took),
        ]
        #expect(
            PrometheusText.text(families) == #"""
                # HELP snas_steps_total Steps.
                # TYPE snas_steps_total counter
                snas_steps_total 1234567890123
                # HELP snas_loss A \\ and "quotes",\nin two lines.
                # TYPE snas_loss gauge
                snas_loss 0.25
                # HELP snas_waits Whether it waits.
                # TYPE snas_waits gauge
                snas_waits 1
                # HELP snas_workers Workers.
                # TYPE snas_workers gauge
                snas_workers{state="idle"} 0
                snas_workers{state="computing"} 3
                # HELP snas_run_info Which run.
                # TYPE snas_run_info gauge
                snas_run_info{folder="a\\b\"c\nd é",run="7"} 1
                # HELP snas_odd Not finite.
                # TYPE snas_odd gauge
                snas_odd{what="a"} NaN
                snas_odd{what="b"} +Inf
                snas_odd{what="c"} -Inf
                # HELP snas_step_seconds Time.
                # TYPE snas_step_seconds histogram
                snas_step_seconds_bucket{le="0.5"} 2
                snas_step_seconds_bucket{le="2"} 3
                snas_step_seconds_bucket{le="+Inf"} 4
                snas_step_seconds_sum 31.75
                snas_step_seconds_count 4

                """#)
    }
}
