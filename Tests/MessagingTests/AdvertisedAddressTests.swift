import Messaging
import Testing

/// The address by which others reach a coordinator, as its user says it.
@Suite
struct AdvertisedAddressTests {
    @Test(
        "A host gets the port that is listened at, a host with a port keeps its own; IPv6 needs brackets for a port alone",
        arguments: [
            ("head", "tcp://head:5577"), ("head.cluster.example", "tcp://head.cluster.example:5577"),
            ("10.0.0.1", "tcp://10.0.0.1:5577"), ("10.0.0.1:80", "tcp://10.0.0.1:80"),
            ("head:65535", "tcp://head:65535"),
            ("tcp://head", "tcp://head:5577"), ("tcp://head:1", "tcp://head:1"), ("fd00::1", "tcp://[fd00::1]:5577"),
            ("[fd00::1]", "tcp://[fd00::1]:5577"), ("[fd00::1]:80", "tcp://[fd00::1]:80"),
            ("fe80::1%eth0", "tcp://[fe80::1%eth0]:5577"),
        ])
    func told(text: String, endpoint: String) throws {
        #expect(try AdvertisedAddress(parsing: text).endpoint(listeningAt: 5577).description == endpoint)
    }

    @Test(
        "What nobody can dial is refused as it was written",
        arguments: [
            "", ":80", "head:", "head:0", "head:65536", "head:http", "head:*", "*", "*:80", "0.0.0.0", "::", "[::]:80",
            "ipc:///tmp/socket", "tcp://", "udp://head", "two words", "a,b", "[fd00::1", "10.0.0.1;head", "fd00::1]:80",
            "[fd00::1]x", "a::b::c", "[head]:80", "a:b:80",
        ])
    func refused(text: String) {
        #expect { try AdvertisedAddress(parsing: text) } throws: { error in
            (error as? EndpointError).map { $0.text == text && !$0.reason.isEmpty } ?? false
        }
    }
}
