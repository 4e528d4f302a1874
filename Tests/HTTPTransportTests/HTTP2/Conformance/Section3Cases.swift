/// Starting HTTP/2 (RFC 9113, section 3).
enum Section3Cases {
    static let all: [ConformanceCase] = [
        .init(
            "3.4 the server's preface is SETTINGS, and the client's is acknowledged", .alive, settings: nil,
            steps: [
                .bytes(CaseFrame.preface), .send(.settings()), .wait { $0.type == FrameType.settings && $0.flags == 0 },
                .waitForSettingsAcknowledgement,
            ]),
        .init(
            "3.4 a request may follow the preface at once", .answer(), settings: nil,
            steps: [.bytes(CaseFrame.preface), .send(.settings(), .get(1))]),
        .init(
            "3.4 a preface with settings is taken", .answer(), settings: nil,
            steps: [
                .bytes(CaseFrame.preface), .send(.settings([Setting.initialWindowSize: 65_535]), .get(1)),
            ]),
        .init(
            "3.4 a preface that breaks off in its last bytes closes the connection", .closed(.protocolError),
            settings: nil, endsWithPing: false,
            steps: [.bytes(Array("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".utf8)), .send(.settings())]),
        .init(
            "3.4 something else than SETTINGS behind the preface is a connection error",
            .closed(.protocolError), settings: nil, endsWithPing: false,
            steps: [.bytes(CaseFrame.preface), .send(.ping())]),
        .init(
            "3.4 a request without SETTINGS behind the preface is a connection error",
            .closed(.protocolError), settings: nil, endsWithPing: false,
            steps: [.bytes(CaseFrame.preface), .send(.get(1))]),
        .init(
            "3.4 an acknowledgement is no SETTINGS of a preface", .closed(.protocolError), settings: nil,
            endsWithPing: false, steps: [.bytes(CaseFrame.preface), .send(.settingsAcknowledgement, .get(1))]),
        .init(
            "3.4 a second preface is read as a frame and refused",
            .connectionError([.frameSizeError, .protocolError]), endsWithPing: false,
            steps: [.bytes(CaseFrame.preface)]),
    ]
}
