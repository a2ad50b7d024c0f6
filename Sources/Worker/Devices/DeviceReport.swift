import Formats
import Host
import Launching
import Tensors

/// `snas-worker --devices`: what `snas doctor` asks of the worker beside it.
enum DeviceReport {
    /// Prints one line of `DeviceFigures`.
    ///
    /// - Parameter name: of a device that is to show what it computes; nil tries none.
    /// - Throws: `UserError` where there is no such device, `TorchError` where it does not compute.
    static func print(trying name: String?) throws {
        let survey = CUDASurvey.now()
        var figures = DeviceFigures(
            libtorch: TorchRuntime.fullVersion,
            devices: survey.devices.map { DeviceFigures.Device(name: $0.name, memoryBytes: $0.memoryBytes) },
            objection: survey.objection)
        if let name { figures.trial = try DeviceTrial().run(on: try ComputeDevice.ready(name)) }
        try StandardStreams.print(figures.json.serialized())
    }
}
