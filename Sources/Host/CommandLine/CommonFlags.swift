/// Flags that every program has, and that are read before a command is.
package enum CommonFlags {
    /// Letters that stand for a flag.
    static let short = ["help": "-h", "version": "-V"]

    /// Asked for anywhere among the words, they are all that happens.
    package static let questions: [Flag] = [
        .toggle("help", "this page, and nothing else"),
        .toggle("version", "version, build, libraries, instruction set and licence, and nothing else"),
    ]
}
