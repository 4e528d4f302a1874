/// What ``SampleModel`` learnt to write from. Written for this purpose.
enum SampleCorpus {
    static let sentences: [String] =
        text.split(separator: "\n").map { String($0) }

    private static let text = """
        A network is only as strong as the habits of the people who run it.
        A miner answers requests and is paid for the quality of its answers.
        A validator asks questions, compares the answers and writes down what each miner deserves.
        A subnet is a market for one kind of work, with its own rules for what counts as good.
        A gateway stands between the people who ask and the miners who answer.
        A good answer is short, correct and easy to check.
        A slow answer is often worth less than a plain one that arrives in time.
        A signature shows who sent a request and that nobody changed it on the way.
        A nonce makes sure that the same request can not be played twice.
        A block is a page in a book that everybody reads and nobody can tear out.
        A chain of blocks remembers who was here first and what was agreed.
        A queue that grows without a bound is a failure that has not happened yet.
        A timeout is a promise to stop waiting.
        A retry without a limit turns a small fault into a large one.
        A cache is a memory of answers, and like every memory it can be wrong.
        A key that nobody can lose is a key that everybody can use.
        A test that never fails tells us nothing about the work it watches.
        A model learns from examples, and it learns the mistakes in them as well.
        A market finds a price when buyers and sellers can both walk away.
        A price is a message about how much somebody wants a thing.
        A ledger is a list of promises that were kept.
        A ledger that can be changed in silence is only a story about money.
        A meter counts what was used so that nobody has to argue about it later.
        A budget is a limit that was chosen before the money was gone.
        A router reads the address on every packet and sends it one step closer to home.
        A packet that is lost will be sent again, and the reader never learns that it was missing.
        A clock on one machine never quite agrees with a clock on another.
        A protocol is a set of manners for machines.
        A stream begins with the first word and should not need the last one to be useful.
        A vector is a point in a space where similar things are neighbours.
        An axon is the place where a miner listens for requests.
        An epoch ends when the weights are counted and the rewards are shared.
        An error message should say what went wrong and what to do about it.
        An honest miner earns more over a year than a clever one earns in a week.
        An incentive is a reason to do the work even when nobody is watching.
        An operator sleeps well when the system tells the truth about itself.
        An old answer can still be right, and a new one can still be wrong.
        Answers that agree are more likely to be true, unless they were copied from one another.
        Bandwidth is cheap until everybody wants it at the same hour.
        Before a client pays, it wants to know what the price will be.
        Better tools make small teams as strong as large ones.
        Careful engineers measure first and change one thing at a time.
        Clients do not care which miner answered as long as the answer is good.
        Consensus is what remains when strangers compare their notes.
        Copying another miner is easy to do and hard to hide for long.
        Demand rises in the morning and falls at night, and the machines have to follow.
        Distance costs time, and no amount of money makes light travel faster.
        Each miner runs on its own machine, in its own place, under its own rules.
        Each request carries a body, a hash of the body and a signature over the hash.
        Each validator keeps its own list of scores and shares it with the chain.
        Emission is the stream of new coins that the network pays to those who serve it.
        Every answer that is thrown away was paid for by somebody.
        Every connection that is kept open saves the time of opening another one.
        Every limit should be written down where the operator can find it.
        Every secret has an owner, a place and a day on which it should be replaced.
        Every service looks fast when only one person is using it.
        Fair rules let a newcomer win with better work.
        Failures come in groups, because machines share the same power and the same mistakes.
        Fast answers keep a conversation alive.
        Few things are as useful as a log line that names the real cause.
        From far away a network looks like a single machine.
        Good defaults are kinder than long manuals.
        Good documentation answers the question that the reader came with.
        Good markets are boring, because most surprises in a market cost somebody money.
        Hardware fails in the same way that people forget things, rarely and at the worst moment.
        Hash functions turn a long text into a short number that is very hard to forge.
        Hotkeys sign the daily work, and coldkeys stay locked away.
        If every miner gives the same answer, one of them was enough.
        If the answer matters, ask more than one miner and compare.
        If the first miner is silent, the second one should already be on its way.
        In a market with many sellers, the quality of the goods has to be measured.
        In a quiet hour the machines rest and the logs are short.
        In the end a network is a promise between people, kept by machines.
        Incentives shape behaviour more surely than instructions do.
        It is easier to trust a stranger when both of you can check the result.
        It is hard to lie in a place where every claim can be tested.
        It takes many small steps to build a system that never falls.
        Keys that belong to a customer should never be written into a log.
        Large models know many things, and small models answer before the question has cooled.
        Latency is the time between a question and the first word of its answer.
        Limits protect the machine from its friends as much as from its enemies.
        Load is shared when no machine has to be a hero.
        Machines count well and judge poorly, so let them count and let people judge.
        Many small miners together can answer more than one large one.
        Markets reward patience, but they charge rent for it.
        Measure the work where it is used and not where it is made.
        Memory is fast and small, disks are slow and large, and the network is slower than both.
        Miners compete for the same reward, and that keeps the answers honest.
        Miners that answer quickly and correctly rise in the ranking.
        Miners that stay silent lose their place to somebody who speaks.
        Money in a ledger is counted in whole units, because fractions hide mistakes.
        Most attacks begin with a request that looks almost normal.
        Most of the time the network is calm, and the plans are made for the rest of the time.
        Names are for people and addresses are for machines.
        Neighbours in a network share more than a cable.
        Networks grow where the cost of joining is low.
        Never trust a number that came from the party that profits from it.
        New miners start with no history and have to earn their first weight.
        No single machine holds the whole truth, and that is the point of a network.
        Nobody misses a feature that makes the rest of the system slow.
        Nothing in a distributed system happens at the same time for everyone.
        Old habits of the web still work well, and new ones have to prove it.
        On a good day the validator and the miner agree about the value of the work.
        One bad answer can cost more trust than ten good ones can earn.
        One clear error is worth a hundred vague warnings.
        One miner may be wrong, and three of them are seldom wrong in the same way.
        Open systems invite clever people, and some of them are on your side.
        Operators read the dashboard first and the manual last.
        Order matters when two requests want the same last coin.
        Our measurements are only as honest as the machine that makes them.
        Patience is a virtue in people and a setting in machines.
        Payment follows the work, and the record of the work decides the payment.
        People forgive a system that says clearly that it is busy.
        Power is cheap in the north in summer and everywhere at night.
        Privacy begins with not collecting what nobody needs.
        Probes are questions whose answers the validator already knows.
        Quality is hard to define and easy to notice.
        Queues are polite until they are full.
        Random choice is a fair judge when nobody can see the dice.
        Rate limits turn a flood into a river.
        Real work leaves traces that are hard to fake.
        Reliable systems are made of unreliable parts and careful plans.
        Requests arrive in bursts, like guests who took the same train.
        Rewards that come too late teach nothing.
        Rules that everyone can read are harder to bend.
        Scores should change slowly when the evidence is thin.
        Security is a habit of asking what could go wrong.
        Servers speak to each other more often than people speak to servers.
        Signatures are cheap to check and expensive to forge.
        Simple systems fail in simple ways, and that is a great kindness.
        Small delays add up along a path with many steps.
        Some miners specialise in text, others in images, forecasts or searching.
        Some questions have one right answer, and those are the best ones for measuring.
        Speed without accuracy is only a fast way to be wrong.
        Stake is a measure of how much somebody has to lose.
        Storage is where yesterday's answers wait for tomorrow's questions.
        Strangers can work together when the rules pay for honesty.
        Streams make long answers feel short.
        Subnets differ in their tasks, and they share the same chain below them.
        The answer came back before the question had left the screen.
        The best time to find a fault is before the customer does.
        The chain decides who gets paid, and it does so in public.
        The client sends a question and waits for the first token.
        The cost of an answer depends on its length, its quality and the hour of the day.
        The fastest miner is not always the best one, but it is always the first.
        The first rule of measurement is not to disturb the thing that is measured.
        The gateway keeps no secrets that it does not need.
        The gateway picks a miner, signs the request and passes the answer on.
        The hardest part of a distributed system is agreeing on what already happened.
        The history of a miner follows its key and not its seat.
        The internet is a network of networks, held together by good manners.
        The market for answers is open all night.
        The median is a calm number, because a single liar can not move it far.
        The miner reads the question, runs its model and sends the words one by one.
        The network rewards those who do useful work and forgets those who do not.
        The number of miners matters less than the number of independent ones.
        The price of computing falls every year, and the appetite for it grows faster.
        The quiet machine in the corner has answered more questions than the loud one.
        The ranking of miners is a story told by many witnesses.
        The same question asked twice should not be paid for twice without a reason.
        The server that says no early is kinder than the one that says yes and never answers.
        The shape of a network decides how far bad news can travel.
        The slowest step decides the speed of the whole.
        The test network is where brave ideas go first.
        The token that moves the market is not the token that ends a sentence.
        The validator hides its probes among real requests, so that nobody can prepare for them.
        The value of a forecast is known only when the future arrives.
        The weights on the chain are the sum of many opinions.
        There is no cloud, there are only machines that belong to somebody else.
        There is no reward for an answer that nobody can use.
        They measured twice and changed the code once.
        Time is the one resource that a network can not buy.
        Tokens are small pieces of words, and models count them carefully.
        Too many alarms are the same as no alarm at all.
        Traffic finds the shortest path, and so do mistakes.
        Trust grows slowly, one checked answer at a time.
        Truth in a network is what can be verified by a stranger.
        Two machines can share a secret without ever having met.
        Two replicas that share one budget must agree before they spend the last coin.
        Useful work is the only lasting defence of a network.
        Validators compete as well, because their opinions are compared with one another.
        Validators that copy the weights of others learn nothing and earn less.
        Verification should cost less than the work that it checks.
        Waiting is a kind of work that machines do very well.
        We build for the day when half of the machines are gone.
        We count what we pay for, and we pay for what we count.
        Weights are set at the end of every tempo, when the evidence has been read.
        When a client leaves, the work done for it should stop.
        When a miner fails, another one takes the request, and the client never knows.
        When prices rise, new miners appear, and when they fall, the careful ones remain.
        When the database sleeps, the gateway writes its notes on disk and sends them later.
        When the evidence is poor, a wise validator says so.
        When two answers differ, a third one is worth its price.
        Wherever there is a reward, somebody will look for a shortcut.
        Without a limit on memory, every stranger can fill the house.
        Words are cheap, and the right words are not.
        Work that can be checked can be bought from strangers.
        Work that nobody measures slowly becomes worse.
        Years of quiet operation are the best advertisement for a machine.
        You can not improve what you refuse to measure.
        You can ask the same miner twice, but you learn more by asking two of them.
        """
}
