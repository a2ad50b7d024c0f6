import CTorch

/// What libtorch and the machine have of CUDA.
package struct CUDASurvey: Sendable, Equatable {
    /// A device that tensors can be on.
    package struct Device: Sendable, Equatable {
        /// As its maker calls it.
        package let name: String
        package let memoryBytes: Int
    }

    /// Of the CUDA that libtorch was built with, as `13.0`; nil where it was built without.
    package let version: String?
    /// By number.
    package let devices: [Device]
    /// Why there is no device; nil where there is one.
    package let objection: String?

    /// Looks at this process' libtorch and this machine's driver.
    package static func now() -> CUDASurvey {
        let number = Int(ct_cuda_version())
        let devices = (0..<Int(ct_device_count())).map(device)
        return CUDASurvey(
            version: number == 0 ? nil : "\(number / 1000).\(number % 1000 / 10)", devices: devices,
            objection: devices.isEmpty ? String(cString: ct_why_no_device()) : nil)
    }

    private static let nameLimit = 256

    private static func device(_ index: Int) -> Device {
        var name = [CChar](repeating: 0, count: nameLimit)
        let bytes = ct_device_bytes(Int32(index), &name, Int64(name.count))
        let text = name.withUnsafeBufferPointer { name in
            String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return Device(name: bytes < 0 ? "a device without a name" : text, memoryBytes: max(0, Int(bytes)))
    }
}

extension ComputeDevice {
    /// As it is named on a command line, with its own name and memory where it has them.
    package var fullName: String {
        guard case .cuda(let index) = self, let device = CUDASurvey.now().devices.dropFirst(index).first else {
            return description
        }
        return "\(description), \(device.name), \(device.memoryBytes >> 20) MB"
    }
}

extension TorchRuntime {
    /// The version with its CUDA, as PyTorch writes it: `2.11.0+cu130`.
    package static var fullVersion: String {
        let digits = CUDASurvey.builtVersion.map { "+cu" + $0.filter(\.isNumber) }
        return version + (digits ?? "")
    }
}

extension CUDASurvey {
    /// Asks no driver.
    fileprivate static var builtVersion: String? {
        let number = Int(ct_cuda_version())
        return number == 0 ? nil : "\(number / 1000).\(number % 1000 / 10)"
    }
}
