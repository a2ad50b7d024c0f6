extension Setting {
    /// Words that the setting takes, of those that its range names: what a shell can offer. Numbers are none.
    package var choices: [String] {
        let words = range.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }.map(String.init)
        var seen: Set<String> = []
        return words.filter { word in
            var configuration = SearchConfiguration()
            return Double(word) == nil && seen.insert(word).inserted && write(&configuration, word)
        }
    }
}
