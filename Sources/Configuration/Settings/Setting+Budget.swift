import Host
import SearchSpace

extension Setting {
    static let budget: [Setting] = [
        .choice("budget.resource", \.budget.resource, "what costs during the search"),
        .choice("budget.resource_form", \.budget.form, "how costs become one number"),
        .choice("budget.resource_method", \.budget.method, "how the cost's gradient is estimated"),
        Setting(
            key: "budget.resource_lambda", help: "coefficient of the cost, auto: the form's own",
            range: "auto, or 0.0 to 1000000000.0", read: { $0.budget.lambda.map { "\($0)" } ?? "auto" },
            take: { configuration, text in
                guard text.lowercased() != "auto" else {
                    configuration.budget.lambda = nil
                    return true
                }
                guard let value = Spelling.real(text), (0...1e9).contains(value) else { return false }
                configuration.budget.lambda = value
                return true
            }, null: "auto"),
        .real("budget.ratio", \.budget.ratio, 0...1000, "weight of the reduction cells in the cost"),
        .real(
            "budget.resource_power", \.budget.power, 1e-3...100,
            "power of the size's logarithm in the forms product and sum"),
        .choice("budget.constraint", \.budget.constraint, "a published cell's size as target, by its name"),
        .amount("budget.target_params", \.budget.targetParameters, "parameters that the derived network is to have"),
        .amount("budget.target_flops", \.budget.targetFlops, "multiply-adds that the derived network is to have"),
        .amount(
            "budget.target_memory", \.budget.targetMemory,
            "elements that the derived network is to read and write for an image"),
        Setting(
            key: "budget.target_latency", help: "time that a pass of the derived network is to take",
            range: "none, or a time with its unit like 5ms, 800us, 0.005s or 5000000ns",
            read: { $0.budget.targetLatency.map(Nanoseconds.exact) ?? "none" },
            take: { configuration, text in
                guard text.lowercased() != "none" else {
                    configuration.budget.targetLatency = nil
                    return true
                }
                guard let (number, unit) = Nanoseconds.parts(text), let value = Spelling.real(number),
                    (1...1e15).contains((value * Double(unit)).rounded())
                else { return false }
                configuration.budget.targetLatency = Int((value * Double(unit)).rounded())
                return true
            }, null: "none"),
        Setting(
            key: Setting.latencyTableKey, help: "what operations take, as snas measure latency measured it",
            range: "none, or the table's file, as in latency.json or ./table",
            read: { $0.budget.latencyTable?.word ?? "none" },
            take: { configuration, text in
                let table = LatencyTable(word: text)
                guard table != nil || text.lowercased() == "none" else { return false }
                configuration.budget.latencyTable = table
                return true
            }, null: "none"),
        .whole(
            "budget.target_channels", \.budget.targetChannels, 2...1024, "channels of the network that targets speak of"
        ),
        .whole("budget.target_layers", \.budget.targetLayers, 1...100, "cells of the network that targets speak of"),
    ]

    static let latencyTableKey = "budget.latency_table"

    /// A whole number of things, with k, M or G for thousands, millions and milliards; `none` is nil.
    private static func amount(_ key: String, _ field: Field<Int?>, _ help: String) -> Setting {
        Setting(
            key: key, help: help, range: "none, or a number like 2800000, 2.8M or 350k",
            read: { $0[keyPath: field].map(String.init) ?? "none" },
            take: { configuration, text in
                guard text.lowercased() != "none" else {
                    configuration[keyPath: field] = nil
                    return true
                }
                guard let value = Spelling.amount(text) else { return false }
                configuration[keyPath: field] = value
                return true
            }, null: "none")
    }
}
