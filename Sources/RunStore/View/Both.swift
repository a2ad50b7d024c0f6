package import Formats

/// The same of two runs, in the order in which they were named.
package struct Both<Value> {
    package var first: Value
    package var second: Value

    package init(_ first: Value, _ second: Value) {
        self.first = first
        self.second = second
    }

    /// Of each what the closure makes of it.
    package func map<Other>(_ transform: (Value) throws -> Other) rethrows -> Both<Other> {
        Both<Other>(try transform(first), try transform(second))
    }

    /// In their order.
    package var values: [Value] { [first, second] }

    /// Each with what it is called in a sentence.
    package var named: [(name: String, value: Value)] { [("first", first), ("second", second)] }

    /// An object with both.
    package func json(_ value: (Value) -> JSONValue) -> JSONValue {
        .object(["first": value(first), "second": value(second)])
    }
}

extension Both: Sendable where Value: Sendable {}

extension Both: Equatable where Value: Equatable {
    package var areEqual: Bool { first == second }
}
