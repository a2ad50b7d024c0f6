extension ShellWord {
    /// The words of a command as a shell would part them: at spaces, but for those between quotes; a backslash takes what follows as
    /// it stands. Nothing is put in for variables or patterns.
    ///
    /// - Returns: nil where a quote is not closed or a backslash stands at the end.
    package static func split(_ text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                word.map { words.append($0) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else { return nil }
        word.map { words.append($0) }
        return words
    }
}
