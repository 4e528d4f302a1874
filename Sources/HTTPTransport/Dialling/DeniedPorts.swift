/// Ports of services that speak something else than HTTP to strangers, or should not be spoken to at all. A miner that
/// publishes one of them wants this gateway to knock on somebody's door.
///
/// - Source: the port list of the Fetch standard, and the default ports of common databases, queues and node agents.
enum DeniedPorts {
    static let all: Set<UInt16> = fetch.union(services)

    private static let fetch: Set<UInt16> = [
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
        530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    ]

    private static let services: Set<UInt16> = [
        162, 445, 623, 873, 1433, 1434, 1521, 1883, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4222, 5432, 5433, 5671,
        5672,
        5900, 5984, 6379, 6380, 6443, 8086, 8883, 9042, 9092, 9200, 9300, 10250, 10255, 11211, 27017, 27018, 27019,
    ]
}
