import Tensors
import Testing

@Suite
struct ComputeDeviceTests {
    @Test("A device is read as it is written, and nothing else is")
    func reading() {
        for device in [ComputeDevice.cpu, .cuda(0), .cuda(1), .cuda(127)] {
            #expect(ComputeDevice(device.description) == device)
        }
        #expect(ComputeDevice("cuda") == .cuda(0))
        for text in ["", "gpu", "CPU", "cuda:", "cuda:+1", "cuda:-0", "cuda:01", "cuda:128", "cuda:1 "] {
            #expect(ComputeDevice(text) == nil, "'\(text)'")
        }
    }

    @Test("The processor is there, and a CUDA device only where there are so many")
    func availability() {
        #expect(ComputeDevice.cpu.isAvailable)
        #expect(!ComputeDevice.cuda(127).isAvailable, "no machine has 128 of them")
        for index in 1..<16 where ComputeDevice.cuda(index).isAvailable {
            #expect(ComputeDevice.cuda(index - 1).isAvailable)
        }
    }
}
