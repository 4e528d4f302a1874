import NIOCore
import Testing

@testable import HTTPTransport

@Suite("A body's pace") struct BodyPaceTests {
    private static func pace(rate: Int = 100) -> BodyPace {
        var configuration = HTTPServerConfiguration()
        configuration.minimumDataRate = rate
        configuration.dataRateGrace = .seconds(10)
        configuration.bodyTimeout = .seconds(60)
        return BodyPace(configuration)
    }

    private static func at(_ seconds: Int) -> NIODeadline {
        .uptimeNanoseconds(UInt64(1_000 + seconds) * 1_000_000_000)
    }

    @Test("each byte earns its time, up to the body's timeout")
    func rate() {
        var pace = Self.pace()
        #expect(pace.deadline == nil)
        pace.wait(from: Self.at(0))
        #expect(pace.deadline == Self.at(10))
        pace.received(500)
        #expect(pace.deadline == Self.at(15))
        pace.received(Int.max / 2)
        #expect(pace.deadline == Self.at(60))
    }

    @Test("the time that the server does not wait for the client does not count")
    func pause() {
        var pace = Self.pace()
        pace.wait(from: Self.at(0))
        pace.pause(at: Self.at(4))
        #expect(pace.deadline == nil)
        pace.wait(from: Self.at(100))
        #expect(pace.deadline == Self.at(106))
        pace.pause(at: Self.at(120))
        pace.wait(from: Self.at(200))
        #expect(pace.deadline == Self.at(200), "too slow already")
    }

    @Test("without a minimum only the timeout counts")
    func none() {
        var pace = Self.pace(rate: 0)
        pace.wait(from: Self.at(0))
        #expect(pace.deadline == Self.at(60))
    }
}
