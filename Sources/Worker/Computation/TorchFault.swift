package import Host
package import Tensors

/// What an error of libtorch says to the person whose program it ends, as when the memory of a device is full.
extension TorchError: UserFacingError {
    package var exitCode: ExitCode { .operatingSystem }
    package var sentence: String { description }
}
