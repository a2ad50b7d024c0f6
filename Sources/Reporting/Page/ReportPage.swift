import Formats

/// A page that shows runs: one HTML document that needs nothing else, from no other place.
///
/// What the runs say stands in it as data, which no browser runs, and the script puts it in as text. Style and script are named
/// by their digests, so that nothing else that might get into the page would run either.
package struct ReportPage: Sendable {
    /// Runs that one page shows at most: colours and dashes tell as many lines apart.
    package static let runLimit = 12

    private let runs: [PageRun]
    private let worth: [PageTable]
    private let isLive: Bool

    /// - Parameters:
    ///   - runs: one to `runLimit`.
    ///   - worth: what the cells are worth, where it is known.
    package init(_ runs: [PageRun], worth: [PageTable] = []) { self.init(runs, worth: worth, isLive: false) }

    private init(_ runs: [PageRun], worth: [PageTable], isLive: Bool) {
        precondition((1...Self.runLimit).contains(runs.count))
        self.runs = runs
        self.worth = worth
        self.isLive = isLive
    }

    /// A page that asks the server that it came from, every two seconds, for `status.json`, and for what has come to
    /// `metrics.jsonl` since; both lie beside it.
    package static func live(_ run: PageRun) -> ReportPage { ReportPage([run], worth: [], isLive: true) }

    /// The same bytes for the same values.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>snas</title>
        <style>\(PageStyle.text)</style>
        </head>
        <body>
        <noscript><p>The figures of this page are drawn by a script, which this browser does not run.</p></noscript>
        <script type="application/json" id="data">\(Self.island(data))</script>
        <script>\(PageScript.text)</script>
        </body>
        </html>

        """
    }

    private var data: JSONValue {
        .object([
            "format": .string("snas page 1"), "live": .bool(isLive), "runs": .array(runs.map(\.json)),
            "worth": .array(worth.map(\.json)),
        ])
    }

    private var policy: String {
        func digest(_ text: String) -> String { "'sha256-\(Base64.string(SHA256.digest(Array(text.utf8))))'" }
        return "default-src 'none'; script-src \(digest(PageScript.text)); style-src \(digest(PageStyle.text)); "
            + "base-uri 'none'; form-action 'none'" + (isLive ? "; connect-src 'self'" : "")
    }

    /// JSON that ends no element and begins no comment: a less-than sign stands only in strings, where its escape says the same.
    private static func island(_ value: JSONValue) -> String { value.serialized().replacing("<", with: "\\u003c") }
}
