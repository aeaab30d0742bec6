"""One door behind a The Keys gateway."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.commands import Delivery
from bot.domain.doors import Capability
from bot.domain.readings import Bolt, LockCheck, LockStatus, rssi_word
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext, LockDriver, Peer
from bot.drivers.errors import Busy, OutOfReach
from bot.drivers.http import Timeouts
from bot.drivers.messages import door_parameters
from bot.drivers.the_keys.answers import LockerInfo
from bot.drivers.the_keys.battery import BatteryPack, rssi_dbm
from bot.drivers.the_keys.codes import NOT_DETECTED, GatewayReply, read_number
from bot.drivers.the_keys.gateway import Gateway
from bot.drivers.the_keys.settings import TheKeysSettings
from bot.drivers.the_keys.transport import Call, Key

# Answers that come only after the gateway has accepted the signature.
SIGNATURE_SEEN = (0, 34, 35, 36, 37, 48, 49, 50)
# People wait for what a reading says: one wait of 6 s is as long as the motor travels.
EVIDENCE_BUSY_WAITS = 1
# As often as field clients ask a busy gateway.
SETTLE_BUSY_WAITS = 3


class TheKeys(LockDriver):
    capabilities = Capability.UNLOCK | Capability.LOCK | Capability.STATUS | Capability.SYNC
    # The motor travels about 5 s, in which the gateway answers 400 or 500; field clients read after 6 s.
    travel_seconds = 6.0

    def __init__(self, name: str, settings: TheKeysSettings, gateway: Gateway, context: DriverContext) -> None:
        # The gateway writes the serial as a number, people copy it as text: zeros in front must not make another lock.
        self.identity = f"the_keys:{int(settings.identifier)}"
        self.connection = gateway.name
        self._name = name
        self._settings = settings
        self._gateway = gateway
        self._context = context
        self._key = Key(door=name, identifier=settings.identifier, share_code=settings.share_code.get_secret_value())
        self._last_log: int | None = None
        self._battery = BatteryPack(settings.battery_span)
        self._rssi_dbm: int | None = None

    async def unlock(self, deadline: Deadline) -> Delivery:
        return await self._act("/open", deadline)

    async def lock(self, deadline: Deadline) -> Delivery:
        return await self._act("/close", deadline)

    async def calibrate(self, deadline: Deadline) -> Delivery:
        """Let the lock learn where its bolt ends; the motor moves."""
        return await self._act("/calibrate", deadline)

    async def update(self, deadline: Deadline) -> None:
        """Install the lock's firmware."""
        await self._gateway.update_lock(self._key.identifier, deadline, door=self._name)

    async def status(self) -> LockStatus:
        return await self._read(busy_waits=EVIDENCE_BUSY_WAITS)

    async def poll(self, known: LockStatus | None) -> LockStatus:
        # `/lockers` is answered from the gateway's memory; a reading by radio takes 3 s and the lock's battery. The
        # vendor's own plugins read by radio only when `last_log` moved.
        if known is not None:
            self._battery.remember(known)
            self._rssi_dbm = self._rssi_dbm or known.rssi_dbm
        info = await self._locker_info()
        if known is None or self._needs_reading(known, info):
            status = await self._read(busy_waits=0)
            self._last_log = info.last_log
            return status
        return replace(
            known,
            battery_mv=self._battery.millivolts,
            battery_percent=self._battery.percent,
            rssi_dbm=self._rssi_dbm,
        )

    async def synchronise(self) -> None:
        """First the lock with the gateway, then the gateway with its cloud."""
        await self._gateway.synchronise_lock(self._key.identifier, door=self._name)
        try:
            await self._gateway.synchronise()
        except Busy:
            # The gateway also synchronises by itself: then what was asked for happens already.
            if not await self._gateway.is_synchronising():
                raise

    async def settle(self) -> None:
        # The gateway refuses timestamps older than the last: after a newer one, an unanswered request that still lies
        # somewhere on the way does nothing (R15 of docs/trials.md).
        reply = await self._gateway.ask(self._call("/locker_status"), busy_waits=SETTLE_BUSY_WAITS)
        if reply.code not in SIGNATURE_SEEN:
            raise await self._gateway.refusal(reply, self._key, command=False)

    def peers(self) -> Sequence[Peer]:
        return (self._gateway,)

    async def check(self) -> LockCheck:
        gateway = await self._gateway.look()
        info = await self._locker_info()
        status = await self.status()
        percent = status.battery_percent
        seen = {
            "signal": rssi_word(info.rssi_dbm),
            "battery": "unknown" if percent is None else f"{percent} % ({status.battery_mv} mV)",
            "bolt": status.bolt.value,
        }
        doubts = (Remark("the_keys.rival"),) if self._gateway.has_rival else ()
        return LockCheck((gateway.says, Remark("the_keys.in_sight", seen)), doubts)

    async def aclose(self) -> None:
        await self._gateway.aclose()

    async def _act(self, path: str, deadline: Deadline) -> Delivery:
        reply = await self._gateway.ask(self._call(path), deadline=deadline)
        if not reply.done:
            try:
                raise await self._gateway.refusal(reply, self._key, command=True)
            except Busy:
                # A person whose right was taken while the gateway was busy is told that, not "try again".
                deadline.check_right()
                raise
        return Delivery.CONFIRMED

    async def _read(self, *, busy_waits: int) -> LockStatus:
        reply = await self._gateway.ask(self._call("/locker_status"), busy_waits=busy_waits)
        if reply.bolt is None:
            raise await self._gateway.refusal(reply, self._key, command=False)
        return self._status(reply, reply.bolt)

    def _status(self, reply: GatewayReply, bolt: Bolt) -> LockStatus:
        # Some firmware leaves out battery and signal here: what /lockers said of them stays.
        self._battery.saw(reply.fields.get("battery"))
        self._rssi_dbm = rssi_dbm(reply.fields.get("rssi")) or self._rssi_dbm
        version = read_number(reply.fields.get("version"))
        return LockStatus(
            bolt=bolt,
            read_at=datetime.fromtimestamp(self._context.now(), UTC),
            battery_mv=self._battery.millivolts,
            battery_percent=self._battery.percent,
            rssi_dbm=self._rssi_dbm,
            firmware=None if version is None else str(version),
        )

    async def _locker_info(self) -> LockerInfo:
        info = (await self._gateway.lockers()).get(str(int(self._key.identifier)))
        if info is None:
            # The list leaves out what is beyond radio range; while the gateway synchronises, that is something else.
            await self._gateway.raise_if_synchronising()
            raise OutOfReach(f"the_keys.{NOT_DETECTED}", **door_parameters(self._name))
        self._battery.saw(info.battery_mv)
        self._rssi_dbm = info.rssi_dbm or self._rssi_dbm
        return info

    def _needs_reading(self, known: LockStatus, info: LockerInfo) -> bool:
        age = self._context.now() - known.read_at.timestamp()
        changed = info.last_log is not None and info.last_log != self._last_log
        # Below zero where the clock was set back since: such a reading has no age.
        return changed or not 0 <= age < self._settings.full_status_seconds

    def _call(self, path: str) -> Call:
        return Call(path=path, key=self._key, timeouts=Timeouts.of(self._settings.timeout_seconds))
