/// Finds what somebody may have meant.
package enum NearestName {
    /// The known name with the fewest edits, if they are at most two, or a third of its bytes; the first of equals. Upper case for
    /// lower is no edit.
    package static func suggestion(for name: String, among known: [String]) -> String? {
        let plain = Array(name.lowercased().utf8)
        let ranked = known.map { (name: $0, edits: distance(plain, Array($0.lowercased().utf8))) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= max(2, best.name.utf8.count / 3)
        else { return nil }
        return best.name
    }

    /// "; did you mean 'x'?" or nothing.
    package static func hint(for name: String, among known: [String]) -> String {
        suggestion(for: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Levenshtein's distance.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
