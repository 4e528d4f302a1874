import HTTPTransport
import Testing

@Suite("Dial policy") struct DialPolicyTests {
    private func refusal(_ policy: DialPolicy, _ text: String, _ port: UInt16 = 8091) throws -> DialError.Code? {
        let ip = try #require(IPAddress(text))
        do {
            let address = try policy.vet(ip, port: port)
            #expect(address.ip == ip)
            #expect(address.port == port)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "the public internet has no special-purpose IPv4 address",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.170.2",
            "172.16.0.0",
            "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255",
            "198.51.100.0",
            "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
            "255.255.255.254",
            "255.255.255.255",
        ])
    func specialV4(text: String) throws {
        #expect(try refusal(.publicInternet, text) == .specialPurposeAddress)
    }

    @Test(
        "the public internet has no special-purpose IPv6 address",
        arguments: [
            "::", "::1", "::2", "::127.0.0.1", "::ffff:0:0", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
            "::ffff:255.255.255.255",
            "64:ff9b::", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808", "64:ff9b:1::1", "100::", "100::ffff", "2001::1",
            "2001:0:808:808::", "2001:1::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::", "2001:db8::1",
            "2001:db8:ffff::", "2002::", "2002:7f00:1::", "2002:808:808::1", "2620:4f:8000::1", "3fff::1",
            "3fff:fff::1", "4000::1",
            "5f00::1", "8000::1", "e000::1", "fc00::", "fd00:ec2::254", "fdff::1", "fe00::1", "fe80::", "fe80::1",
            "febf::1",
            "fec0::1", "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ])
    func specialV6(text: String) throws {
        #expect(try refusal(.publicInternet, text) == .specialPurposeAddress)
    }

    @Test(
        "the addresses beside special ranges are public",
        arguments: [
            "1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255", "203.0.114.0", "223.255.255.255", "2000::1", "2001:200::1", "2001:db7::1", "2001:db9::1",
            "2003::1",
            "2606:4700::1111", "2a00:1450::1", "3ffe::1", "3fff:1000::1",
        ])
    func publicAddresses(text: String) throws {
        #expect(try refusal(.publicInternet, text) == nil)
    }

    @Test(
        "ports of other services are not dialled",
        arguments: [
            0, 1, 21, 22, 23, 25, 53, 110, 111, 143, 389, 445, 465, 587, 993, 2049, 2375, 2379, 3306, 3389, 5432, 5672,
            6379, 6443,
            9200, 10250, 11211, 27017,
        ] as [UInt16])
    func deniedPorts(port: UInt16) throws {
        #expect(try refusal(.publicInternet, "8.8.8.8", port) == .deniedPort)
        #expect(try refusal(.loopbackOnly, "127.0.0.1", port) == .deniedPort)
    }

    @Test("ports that miners use are dialled", arguments: [80, 443, 8080, 8091, 8443, 9944, 30333, 65535] as [UInt16])
    func allowedPorts(port: UInt16) throws {
        #expect(try refusal(.publicInternet, "8.8.8.8", port) == nil)
    }

    @Test(
        "a local chain dials loopback only",
        arguments: [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("8.8.8.8", false), ("10.0.0.1", false),
            ("0.0.0.0", false),
            ("::", false), ("::ffff:127.0.0.1", false), ("169.254.169.254", false), ("128.0.0.1", false),
        ])
    func loopbackOnly(text: String, isAllowed: Bool) throws {
        #expect(try refusal(.loopbackOnly, text) == (isAllowed ? nil : .notLoopback))
    }

    @Test("what the operator allows and denies comes first, ports before all")
    func overrides() throws {
        let range = try #require(IPRange("10.1.0.0/16"))
        let own = try #require(IPAddress("8.8.8.8"))
        let inside = try #require(IPAddress("10.1.0.9"))
        let policy = DialPolicy.publicInternet.allowing([range]).denying(addresses: [own, inside], ports: [8080])
        #expect(try refusal(policy, "10.1.2.3") == nil)
        #expect(try refusal(policy, "10.2.2.3") == .specialPurposeAddress)
        #expect(try refusal(policy, "10.1.0.9") == .deniedAddress)
        #expect(try refusal(policy, "8.8.8.8") == .deniedAddress)
        #expect(try refusal(policy, "10.1.2.3", 8080) == .deniedPort)
        #expect(try refusal(policy, "10.1.2.3", 22) == .deniedPort)
        #expect(try refusal(DialPolicy.loopbackOnly.allowing([range]), "10.1.2.3") == nil)
    }

    @Test(
        "the chain's form is checked with its type",
        arguments: [
            (value: 0x0808_0808, type: 4, code: nil), (value: 0x7f00_0001, type: 4, code: .specialPurposeAddress),
            (value: 0x1_0808_0808, type: 4, code: .malformedAddress),
            (value: 0x0808_0808, type: 0, code: .malformedAddress),
            (value: 0x0808_0808, type: 5, code: .malformedAddress),
            (value: 0x0808_0808, type: 255, code: .malformedAddress),
            (value: 0xffff_0808_0808, type: 6, code: .specialPurposeAddress),
        ] as [(value: UInt128, type: UInt8, code: DialError.Code?)])
    func chainForm(value: UInt128, type: UInt8, code: DialError.Code?) {
        var found: DialError.Code?
        do {
            _ = try DialPolicy.publicInternet.vet(chainValue: value, ipType: type, port: 8091)
        } catch {
            found = error.code
        }
        #expect(found == code)
    }

    @Test("a vetted address reads as a host header")
    func hostForm() throws {
        let v4 = try DialPolicy.publicInternet.vet(try #require(IPAddress("8.8.8.8")), port: 8091)
        let v6 = try DialPolicy.publicInternet.vet(try #require(IPAddress("2606:4700::1111")), port: 8091)
        #expect(v4.description == "8.8.8.8:8091")
        #expect(v6.description == "[2606:4700::1111]:8091")
    }
}
