internal import Metering
internal import Subnets

/// What does the steps that every paid request takes, whichever endpoint it is for.
struct RequestSteps: Sendable {
    let authenticator: Authenticator
    let router: ModelRouter
    let admission: AdmissionControl
    let selector: MinerSelector
    let dispatcher: Dispatcher
}
