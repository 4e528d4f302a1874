"""The main job on real parts: PostgreSQL, the local chain, axons of bittensor 10.5.0, a server of bittensor 11.3.0,
the gateway with its validator, and the `openai` client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest

from harness import ledger
from harness.chain import Chain
from harness.devnet import VALIDATOR, Devnet, Neuron, Subnet
from harness.gateway import Gateway, model, price_of, subnet
from harness.keys import ss58
from harness.miners import btauth_server, chat_axon
from harness.postgres import PostgresCluster
from harness.waiting import eventually

DENDRITE_NETUID = 1
BTAUTH_NETUID = 2
GOOD, SLOW, WRONG, BTAUTH = "//Good", "//Slow", "//Wrong", "//Btauth"
BEST, FIRST, SIGNED = "chat-best", "chat-first", "chat-btauth"
TEMPOS = 3


@dataclass
class System:
    devnet: Devnet
    gateway: Gateway
    started_at_block: int
    axon_addresses: dict[str, str]
    """By hotkey URI."""

    def client(self, name: str, **limits: int) -> openai.OpenAI:
        return self.gateway.client(self.gateway.create_key(name, **limits))


@pytest.fixture(scope="module")
def system(directory: Path, postgres: PostgresCluster) -> Iterator[System]:
    with ExitStack() as stack:
        axons = [
            chat_axon(GOOD, "good", directory),
            chat_axon(SLOW, "slow", directory),
            chat_axon(WRONG, "wrong", directory),
        ]
        signed = btauth_server(BTAUTH, "good", directory)
        for miner in [*axons, signed]:
            stack.enter_context(miner)
        devnet = Devnet(
            directory,
            [
                Subnet(DENDRITE_NETUID, [VALIDATOR] + [Neuron(axon.hotkey_uri, axon.address) for axon in axons]),
                Subnet(BTAUTH_NETUID, [VALIDATOR, Neuron(BTAUTH, signed.address)]),
            ],
            block_milliseconds=500,
        )
        stack.enter_context(devnet)
        gateway = Gateway(
            directory,
            chain_url=devnet.url,
            store=postgres.create_database(),
            subnets=[subnet(DENDRITE_NETUID, dialect="dendrite"), subnet(BTAUTH_NETUID, dialect="btauth")],
            models=[
                model(BEST, DENDRITE_NETUID, strategy="best", fan_out=3, best_window="1s"),
                model(FIRST, DENDRITE_NETUID, strategy="first", fan_out=1),
                model(SIGNED, BTAUTH_NETUID),
            ],
            validator={"probe_interval": "500ms", "netuids": [DENDRITE_NETUID]},
        )
        stack.enter_context(gateway)
        with Chain(devnet.url) as chain:
            started_at_block = chain.block_number()
        yield System(devnet, gateway, started_at_block, {axon.hotkey_uri: axon.address for axon in axons})


def ask(client: openai.OpenAI, model_name: str, text: str):
    """The completion, and the headers that came with it."""
    raw = client.chat.completions.with_raw_response.create(
        model=model_name, messages=[{"role": "user", "content": text}], max_tokens=64
    )
    return raw.parse(), raw.headers


def ledger_row(gateway: Gateway, request_id: str) -> ledger.Row:
    """The one row of a request, once it is uploaded."""

    def find() -> list[ledger.Row]:
        return [row for row in ledger.rows(gateway.store) if row.request_id == request_id]

    (row,) = eventually(find, what=f"request {request_id} in the ledger")
    return row


def wait_for_weights(system: System) -> dict[str, int]:
    """The weight of each of the three axons' hotkeys, as soon as the validator has set any."""
    with Chain(system.devnet.url) as chain:
        validator_uid = chain.uid(DENDRITE_NETUID, ss58("//Validator"))
        assert validator_uid is not None

        def find() -> dict[int, int]:
            return chain.weights(DENDRITE_NETUID, validator_uid)

        weights = eventually(find, what="weights on chain", within=system.devnet.tempo_seconds * TEMPOS + 5, every=0.5)
        assert chain.block_number() - system.started_at_block <= TEMPOS * system.devnet.tempo_blocks + 2
        return {uri: weights.get(chain.uid(DENDRITE_NETUID, ss58(uri)) or -1, 0) for uri in (GOOD, SLOW, WRONG)}


def test_weights_on_chain_rank_the_miners_by_quality(system: System) -> None:
    weights = wait_for_weights(system)
    assert weights[GOOD] == 65_535
    assert weights[GOOD] > weights[SLOW] > weights[WRONG], weights


def test_the_sdk_reads_the_submitted_extrinsic_and_its_signature(system: System) -> None:
    wait_for_weights(system)
    with Chain(system.devnet.url) as chain:
        extrinsic = next(found for found in chain.signed_extrinsics() if "weights" in found.function)
        assert extrinsic.function in ("set_weights", "set_mechanism_weights")
        assert extrinsic.signer == ss58("//Validator")
        assert extrinsic.arguments["netuid"] == DENDRITE_NETUID
        assert max(extrinsic.arguments["weights"]) == 65_535
        assert chain.uid(DENDRITE_NETUID, ss58(GOOD)) in extrinsic.arguments["dests"]
        assert chain.is_signature_valid(extrinsic)
        extrinsic.value["nonce"] += 1
        assert not chain.is_signature_valid(extrinsic), "the check accepts anything"


def test_the_sdk_reads_the_metagraph(system: System) -> None:
    with Chain(system.devnet.url) as chain:
        metagraph = chain.subtensor.metagraph(DENDRITE_NETUID)
        served = {axon.hotkey: f"{axon.ip}:{axon.port}" for axon in metagraph.axons if axon.port}
        assert served == {ss58(uri): address for uri, address in system.axon_addresses.items()}
        assert [bool(permit) for permit in metagraph.validator_permit] == [True, False, False, False]


def test_the_epoch_turns_weights_into_incentive(system: System) -> None:
    wait_for_weights(system)
    with Chain(system.devnet.url) as chain:
        good = chain.uid(DENDRITE_NETUID, ss58(GOOD))
        wrong = chain.uid(DENDRITE_NETUID, ss58(WRONG))
        assert good is not None and wrong is not None

        def good_leads() -> bool:
            incentives = chain.incentives(DENDRITE_NETUID)
            return incentives[good] > incentives[wrong]

        eventually(good_leads, what="incentive after an epoch", within=system.devnet.tempo_seconds * 2 + 5, every=0.5)


def test_best_answers_come_from_the_better_miners(system: System) -> None:
    wait_for_weights(system)
    client = system.client("best")
    winners: Counter[str] = Counter()
    for number in range(11, 21):
        completion, headers = ask(client, BEST, f"What is {number} + 25?")
        assert completion.choices[0].message.content == str(number + 25)
        winners[headers["x-bt-winner-hotkey"]] += 1
    assert winners.most_common(1)[0][0] == ss58(GOOD)
    assert ss58(WRONG) not in winners


def test_first_prefers_the_better_miners(system: System) -> None:
    wait_for_weights(system)
    client = system.client("first")
    winners = Counter(ask(client, FIRST, f"What is {number} + 25?")[1]["x-bt-winner-hotkey"] for number in range(12))
    assert winners[ss58(GOOD)] > winners[ss58(WRONG)], winners


@pytest.mark.parametrize("model_name", [FIRST, BEST, SIGNED])
def test_a_plain_answer_is_billed_as_told(system: System, model_name: str) -> None:
    completion, headers = ask(system.client("plain"), model_name, "Tell me about the sea and its shells.")
    assert completion.model == model_name
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    row = ledger_row(system.gateway, headers["x-request-id"])
    assert (row.prompt_tokens, row.completion_tokens) == (
        completion.usage.prompt_tokens,
        completion.usage.completion_tokens,
    )
    assert row.price_micros == price_of(row.prompt_tokens, row.completion_tokens)
    assert (row.model, row.status, row.is_stream) == (model_name, 200, False)
    assert row.netuid == (BTAUTH_NETUID if model_name == SIGNED else DENDRITE_NETUID)


@pytest.mark.parametrize("model_name", [FIRST, BEST, SIGNED])
def test_a_streamed_answer_is_billed_as_told(system: System, model_name: str) -> None:
    client = system.client("stream")
    with client.chat.completions.with_streaming_response.create(
        model=model_name,
        messages=[{"role": "user", "content": "Tell me about the sea and its shells."}],
        max_tokens=64,
        stream=True,
        stream_options={"include_usage": True},
    ) as response:
        request_id = response.headers["x-request-id"]
        chunks = list(response.parse())
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text
    if model_name != FIRST:  # `first` may have asked the wrong miner
        assert text == "You asked about Tell me about the sea and its shells."
    usages = [chunk.usage for chunk in chunks if chunk.usage]
    assert len(usages) == 1 and chunks[-1].usage is usages[0]
    row = ledger_row(system.gateway, request_id)
    assert (row.prompt_tokens, row.completion_tokens) == (usages[0].prompt_tokens, usages[0].completion_tokens)
    assert row.price_micros == price_of(row.prompt_tokens, row.completion_tokens)
    assert (row.model, row.status, row.is_stream) == (model_name, 200, True)


def test_a_key_over_its_rate_is_told_when_to_retry(system: System) -> None:
    client = system.client("hurried", requests_per_minute=2)
    for _ in range(2):
        ask(client, SIGNED, "Hello there")
    with pytest.raises(openai.RateLimitError) as refused:
        ask(client, SIGNED, "Hello there")
    assert refused.value.code == "rate_limit_exceeded"
    assert 0 < float(refused.value.response.headers["retry-after"]) <= 60


def test_a_key_over_its_budget_is_refused_and_charged_no_more(system: System) -> None:
    budget = 400
    client = system.client("poor", budget_micros=budget)
    spent = 0
    for _ in range(40):
        try:
            _, headers = ask(client, SIGNED, "Hello there")
        except openai.RateLimitError as refused:
            assert refused.code == "insufficient_quota"
            break
        spent += ledger_row(system.gateway, headers["x-request-id"]).price_micros
    else:
        pytest.fail("the budget never ran out")
    assert 0 < spent <= budget


def test_the_command_line_shows_what_the_ledger_holds(system: System) -> None:
    ask(system.client("shown"), SIGNED, "Hello there")

    def totals_agree() -> bool:
        stored = ledger.rows(system.gateway.store)
        return system.gateway.usage_totals() == (
            len(stored),
            sum(row.prompt_tokens for row in stored),
            sum(row.completion_tokens for row in stored),
            sum(row.price_micros for row in stored),
        )

    eventually(totals_agree, what="`thalamus usage` to agree with the ledger")
