import CYAML

/// A YAML node with its place, so that an error can name line and column (both from 1).
package struct YAMLNode: Sendable, Equatable {
    /// What stands at a place. Every scalar is text: what it means is for the reader to say.
    package enum Content: Sendable, Equatable {
        case scalar(String)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    /// A key of a mapping with its value, in the file's order; no key stands twice.
    package struct Entry: Sendable, Equatable {
        /// Always a plain scalar, quoted or not.
        package let key: String
        /// From 1.
        package let keyLine: Int
        /// From 1.
        package let keyColumn: Int
        /// What stands behind the key; an empty scalar where nothing does.
        package let value: YAMLNode
    }

    /// The node itself, with all below it.
    package let content: Content
    /// Where it begins, from 1.
    package let line: Int
    /// Where it begins, from 1.
    package let column: Int

    /// Whether there is no value: nothing behind a key, `~` or `null`, as YAML's core schema has it.
    package var isNull: Bool {
        if case .scalar(let text) = content { ["", "~", "null", "Null", "NULL"].contains(text) } else { false }
    }

    /// The entries of a mapping; none where there is no value, which is what a mapping leaves whose lines are all comments. Nil
    /// for anything else.
    package var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { isNull ? [] : nil }
    }
}

/// Reads YAML through libyaml: the field's habit for configurations.
package enum YAML {
    /// Deeper documents are nobody's configuration.
    private static let depthLimit = 16

    /// - Throws: `FormatError` with line and column: what is no YAML, keys that stand twice, anchors and aliases (a small
    ///   file could unfold to a huge one).
    package static func parse(_ text: String, source: String) throws(FormatError) -> YAMLNode {
        let parser = Parser(source: source)
        return try parser.document(Array(text.utf8))
    }

    private final class Parser {
        private let source: String
        private var text = ""
        private var parser = yaml_parser_t()
        private var event = yaml_event_t()

        init(source: String) { self.source = source }

        func document(_ bytes: [UInt8]) throws(FormatError) -> YAMLNode {
            text = String(decoding: bytes, as: UTF8.self)
            guard yaml_parser_initialize(&parser) == 1 else { throw error("libyaml does not start", 0, 0) }
            defer { yaml_parser_delete(&parser) }
            let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
            defer { copy.deallocate() }
            _ = copy.initialize(from: bytes)
            yaml_parser_set_input_string(&parser, copy.baseAddress, bytes.count)
            try advance()  // stream start
            try advance()
            if event.type == YAML_STREAM_END_EVENT {
                yaml_event_delete(&event)
                return YAMLNode(content: .mapping([]), line: 1, column: 1)
            }
            try advance()
            let node = try node(depth: 0)
            guard event.type == YAML_STREAM_END_EVENT else { throw fail("a second document") }
            yaml_event_delete(&event)
            return node
        }

        /// Moves to the next event.
        private func advance() throws(FormatError) {
            yaml_event_delete(&event)
            guard yaml_parser_parse(&parser, &event) == 1 else {
                let place = (line: Int(parser.problem_mark.line) + 1, column: Int(parser.problem_mark.column) + 1)
                let problem = isTab(place) ? "a tab; YAML sets lines in by blanks alone" : libraryProblem
                throw error(problem, place.line, place.column)
            }
            if event.type == YAML_DOCUMENT_END_EVENT { try advance() }
        }

        private var libraryProblem: String { parser.problem.map { String(cString: $0) } ?? "not YAML" }

        private func isTab(_ place: (line: Int, column: Int)) -> Bool {
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            guard lines.indices.contains(place.line - 1) else { return false }
            return lines[place.line - 1].dropFirst(place.column - 1).first == "\t"
        }

        private var line: Int { Int(event.start_mark.line) + 1 }
        private var column: Int { Int(event.start_mark.column) + 1 }

        private func error(_ reason: String, _ line: Int, _ column: Int) -> FormatError {
            FormatError(source: source, reason: "line \(line), column \(column): \(reason)")
        }

        private func fail(_ reason: String) -> FormatError {
            defer { yaml_event_delete(&event) }
            return error(reason, line, column)
        }

        /// Reads the node that the current event starts and moves past it.
        private func node(depth: Int) throws(FormatError) -> YAMLNode {
            guard depth < YAML.depthLimit else { throw fail("nested too deeply") }
            let (line, column) = (line, column)
            switch event.type {
            case YAML_SCALAR_EVENT:
                let text = try scalar()
                try advance()
                return YAMLNode(content: .scalar(text), line: line, column: column)
            case YAML_SEQUENCE_START_EVENT:
                try advance()
                var elements: [YAMLNode] = []
                while event.type != YAML_SEQUENCE_END_EVENT { elements.append(try node(depth: depth + 1)) }
                try advance()
                return YAMLNode(content: .sequence(elements), line: line, column: column)
            case YAML_MAPPING_START_EVENT:
                try advance()
                let entries = try entries(depth: depth)
                try advance()
                return YAMLNode(content: .mapping(entries), line: line, column: column)
            case YAML_ALIAS_EVENT: throw fail("aliases are not read")
            default: throw fail("a value expected")
            }
        }

        private func entries(depth: Int) throws(FormatError) -> [YAMLNode.Entry] {
            var entries: [YAMLNode.Entry] = []
            while event.type != YAML_MAPPING_END_EVENT {
                let (line, column) = (line, column)
                guard event.type == YAML_SCALAR_EVENT else { throw fail("a plain key expected") }
                let key = try scalar()
                if entries.contains(where: { $0.key == key }) { throw fail("key '\(key)' stands twice") }
                try advance()
                let value = try node(depth: depth + 1)
                entries.append(YAMLNode.Entry(key: key, keyLine: line, keyColumn: column, value: value))
            }
            return entries
        }

        private func scalar() throws(FormatError) -> String {
            let scalar = event.data.scalar
            guard scalar.anchor == nil else { throw fail("anchors are not read") }
            return String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        }
    }
}
