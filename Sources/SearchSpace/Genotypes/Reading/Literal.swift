/// A value as Python and JSON write it, and where it begins. Nothing is evaluated: a call is its name and what stands in its
/// brackets, and only a few known ones (`Literal+Reading.swift`) are read as what they stand for.
struct Literal: Sendable {
    /// What the text says. JSON is the part of it without calls, words and tuples.
    enum Value: Sendable {
        /// `None`, `null`.
        case nothing
        case truth(Bool)
        case whole(Int)
        case real(Double)
        case text(String)
        /// A name that stands for something else, as `DARTS_V2` behind `DARTS =`.
        case word(String)
        /// A list or a tuple: which of them it is makes no difference to any dialect.
        case sequence([Literal])
        case dictionary([Member])
        /// Such as `range(2, 6)`, with the name as it is written, points included.
        case call(String, [Argument])
    }

    struct Member: Sendable {
        let key: Literal
        let value: Literal
    }

    struct Argument: Sendable {
        /// Nil where it is given by its position.
        let name: String?
        let value: Literal
    }

    let value: Value
    /// The byte of the text where it begins.
    let offset: Int

    /// What it is, for messages that expected something else.
    var kind: String {
        switch value {
        case .nothing: "None"
        case .truth: "a truth value"
        case .whole, .real: "a number"
        case .text: "a quoted text"
        case .word(let name): "the name '\(name.prefix(24))'"
        case .sequence: "a list"
        case .dictionary: "a dictionary"
        case .call(let name, _): "'\(name.prefix(24))(...)'"
        }
    }

    /// A call's name without the module in front of it: `Genotype` of `genotypes.Genotype`.
    static func ownName(_ name: String) -> Substring { name.split(separator: ".").last ?? "" }
}
