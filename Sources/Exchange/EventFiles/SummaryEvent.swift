/// One event of TensorBoard's event files: values of one moment, each under its tag (TensorFlow's `event.proto` and
/// `summary.proto`).
package struct SummaryEvent: Sendable, Equatable {
    /// What a tag has at a moment.
    package enum Value: Sendable, Equatable {
        case scalar(Double)
        case histogram(EventHistogram)
    }

    /// A tag with its value.
    package struct Tagged: Sendable, Equatable {
        package let tag: String
        package let value: Value

        package init(_ tag: String, _ value: Value) {
            self.tag = tag
            self.value = value
        }
    }

    /// Where it stands on the axis of its tags: a step or an epoch.
    package let step: Int
    /// In the order in which they are written.
    package let values: [Tagged]

    /// - Parameter step: from 0.
    package init(step: Int, _ values: [Tagged]) {
        precondition(step >= 0)
        self.step = step
        self.values = values
    }

    /// The first event of every file says which version of the format it has.
    package static func version(unixSeconds: Double) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.double(1, unixSeconds)
        writer.text(3, "brain.Event:2")
        return writer.bytes
    }

    /// The message, without the record around it.
    package func bytes(unixSeconds: Double) -> [UInt8] {
        var summary = ProtobufWriter()
        for value in values { summary.counted(1, Self.bytes(value)) }
        var event = ProtobufWriter()
        event.double(1, unixSeconds)
        event.integer(2, UInt64(step))
        event.counted(5, summary.bytes)
        return event.bytes
    }

    private static func bytes(_ tagged: Tagged) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.text(1, tagged.tag)
        switch tagged.value {
        case .scalar(let number): writer.chosenFloat(2, Float(number))
        case .histogram(let histogram): writer.counted(5, histogram.bytes)
        }
        return writer.bytes
    }

    /// Where an event stands and which tag it has first; nil where the bytes are no event, no tag where it holds no values.
    static func place(of bytes: ArraySlice<UInt8>) -> (step: Int, tag: String?)? {
        var reader = ProtobufReader(bytes)
        var step = 0
        var tag: String?
        var isEvent = false
        while let (number, field) = reader.next() {
            switch (number, field) {
            case (1, .fixed), (3, .counted): isEvent = true
            case (2, .integer(let value)): step = Int(clamping: value)
            case (5, .counted(let summary)):
                tag = ProtobufReader.first(1, in: summary).flatMap { ProtobufReader.first(1, in: $0) }
                    .map { String(decoding: $0, as: UTF8.self) }
            default: break
            }
        }
        return isEvent ? (step, tag) : nil
    }
}
