"""What users wish and what befalls a cluster, at any moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from distributed.active_memory_manager import (
    ActiveMemoryManagerExtension,
    ActiveMemoryManagerPolicy,
    Suggestion,
)
from distributed.sizeof import safe_sizeof
from distributed.worker_state_machine import UpdateDataEvent

from .client import SimulatedClient
from .jobs import Name
from .worker import SimulatedWorker
from .world import Simulation


class Restless(ActiveMemoryManagerPolicy):
    """Copies and drops values without a reason; copies best to where their work is cancelled."""

    def __init__(self, world: Simulation) -> None:
        self.world = world

    def run(self) -> Any:
        scheduler, rng = self.world.scheduler, self.world.rng
        for task in list(scheduler.tasks.values()):
            if task.state != "memory":
                continue
            cancelled = {
                scheduler.workers[worker.address]
                for worker in self.world.alive
                if worker.address in scheduler.workers and worker.has_cancelled(task.key)
            }
            if cancelled:
                yield Suggestion("replicate", task, cancelled)
            elif rng.random() < 0.5:
                yield Suggestion(rng.choice(["replicate", "replicate", "drop"]), task)


class Weather:
    """Chooses, with the seed of the simulation, who does what."""

    def __init__(self, world: Simulation) -> None:
        self.world = world
        self.rng = world.rng
        self.wishes = {
            self.submit: 2,
            self.again: 2,
            self.waver: 3,
            self.release: 2,
            self.cancel: 1,
            self.scatter: 1,
            self.retry: 1,
        }
        self.troubles = {
            self.pause: 2,
            self.go_on: 2,
            self.kill: 1,
            self.restart: 2,
            self.retire: 1,
            self.tidy: 2,
            self.shuffle: 3,
            self.balance: 1,
            self.steal: 3,
        }
        self.amm = ActiveMemoryManagerExtension(
            world.scheduler, {Restless(world)}, register=False, start=False
        )
        self.kills = world.character.kills
        self.retirement: Any = None
        self.arriving: Counter[Name] = Counter()  # values that a client is scattering

    def play(self) -> None:
        """Let things happen, the first of which is a wish."""
        world, rng, character = self.world, self.rng, self.world.character
        self.submit(world.clients[0])
        for _ in range(character.length):
            luck = rng.random()
            if luck < character.wishes:
                self._one_of(self.wishes)(rng.choice(world.clients))
            elif luck < character.wishes + character.troubles:
                self._one_of(self.troubles)()
            elif luck < character.wishes + character.troubles + character.timers:
                world.fire()
            elif not world.step():
                self.submit(rng.choice(world.clients))
            world.settle()

    def _one_of(self, options: dict[Callable[..., None], int]) -> Callable[..., None]:
        return self.rng.choices(list(options), list(options.values()))[0]

    def calm(self) -> None:
        """No more wishes and no more trouble: everybody is back and at work."""
        world = self.world
        world.loss = 0
        world.drain()
        for place in world.vacant:
            world.start(place)
        for worker in self._with("paused"):
            worker.change_status("running")
        world.drain()

    # Wishes

    def submit(self, client: SimulatedClient) -> None:
        known = [key for key, state in client.wanted.items() if state != "cancelled"]
        made = self.world.jobs.graph(self.rng, known)
        wanted = self.rng.sample(made, self.rng.randint(1, len(made)))
        client.submit([job.key for job in wanted])

    def again(self, client: SimulatedClient) -> None:
        """Want something that was given up, by this user or by another; best what is still at work."""
        keys = [
            key
            for key in self.world.jobs.jobs
            if key not in client.wanted and key not in client.cancelling
        ]
        cancelled = [key for key in keys if any(w.has_cancelled(key) for w in self.world.alive)]
        if keys := cancelled or keys:
            client.submit(self.rng.sample(keys, self.rng.randint(1, min(4, len(keys)))))

    def waver(self, client: SimulatedClient) -> None:
        """Give up what is just being computed, and want it again at once; meanwhile its worker may pause."""
        running = [t for t in self.world.threads if t.key in self._can_be_given_up(client)]
        if running:
            thread = self.rng.choice([t for t in running if t.slow] or running)
            client.release([thread.key])
            if thread.worker.status == "running" and self.rng.random() < 0.5:
                thread.worker.change_status("paused")
            client.submit([thread.key])

    def release(self, client: SimulatedClient) -> None:
        if keys := self._can_be_given_up(client):
            client.release(self._give_up(keys))

    def cancel(self, client: SimulatedClient) -> None:
        # The scheduler fails an assertion when something depends on the key that nobody wants.
        needed = {key for job in self.world.jobs.jobs.values() for key in job.inputs}
        if keys := [key for key in self._can_be_given_up(client) if key not in needed]:
            client.cancel(self._give_up(keys))

    def scatter(self, client: SimulatedClient) -> None:
        """Send a value to a worker or two; sometimes one that is there already."""
        old = [
            key
            for key, state in client.wanted.items()
            if key in self.world.jobs.scattered and state == "finished"
        ]
        again = bool(old) and self.rng.random() < 0.3
        key = self.rng.choice(old) if again else self.world.jobs.scatter(self.rng)
        value = self.world.jobs.scattered[key]
        workers = [w for w in self._with("running") if not w.is_busy_with(key)]
        if not workers:
            return
        chosen = self.rng.sample(workers, min(len(workers), self.rng.randint(1, 2)))
        for worker in chosen:
            stimulus_id = f"update-data-{self.world.loop.clock()}"
            worker.handle_stimulus(UpdateDataEvent(data={key: value}, stimulus_id=stimulus_id))
        self.arriving[key] += 1
        arrival = client, key, tuple(chosen), safe_sizeof(value)
        if again:
            # Else the value could be dropped before the scheduler hears that it is there, and
            # the scheduler would go on to believe it.
            self.arrived(*arrival)
        else:
            self.world.replies[self.arrived, arrival] = None

    def arrived(
        self, client: SimulatedClient, key: Name, holders: tuple[SimulatedWorker, ...], nbytes: int
    ) -> None:
        """The workers have answered; the client tells the scheduler, which knows only who is registered."""
        world = self.world
        self.arriving[key] -= 1
        known = world.scheduler.workers
        addresses = [w.address for w in holders if w.alive and w.address in known]
        if addresses:
            client.wanted[key] = "pending"
            world.tell(client.name, "has scattered", f"{key} to {addresses}")
            world.scheduler.update_data(
                who_has={key: addresses}, nbytes={key: nbytes}, client=client.name
            )
        else:
            world.jobs.lost.add(key)

    def retry(self, client: SimulatedClient) -> None:
        tasks = self.world.scheduler.tasks

        def failed_alone(key: Name) -> bool:
            # The scheduler fails an assertion when one that failed needs another that failed.
            task = tasks.get(key)
            if task is None or task.state != "erred" or task.has_lost_dependencies:
                return False
            return all(t.state != "erred" for t in (*task.dependencies, *task.dependents))

        keys = [key for key in client.wanted if failed_alone(key)]
        if keys:
            some = self.rng.sample(keys, self.rng.randint(1, len(keys)))
            self.world.tell(client.name, "retries", some)
            self.world.scheduler.stimulus_retry(keys=some, client=client.name)

    def _give_up(self, keys: list[Name]) -> list[Name]:
        some = self.rng.sample(keys, self.rng.randint(1, len(keys)))
        self.world.jobs.lost.update(key for key in some if key in self.world.jobs.scattered)
        return some

    def _can_be_given_up(self, client: SimulatedClient) -> list[Name]:
        return [key for key in client.wanted if not self.arriving[key]]

    # Trouble

    def _with(self, status: str) -> list[SimulatedWorker]:
        return [worker for worker in self.world.alive if worker.status == status]

    def pause(self) -> None:
        if workers := self._with("running"):
            self.rng.choice(workers).change_status("paused")

    def go_on(self) -> None:
        if workers := self._with("paused"):
            self.rng.choice(workers).change_status("running")

    def kill(self) -> None:
        if self.kills and self.world.alive:
            self.kills -= 1
            asked = {transfer.peer for transfer in self.world.transfers}
            busy = [worker for worker in self.world.alive if worker.address in asked]
            worker = self.rng.choice(busy or self.world.alive)
            self.world.tell(worker.address, "dies", "")
            worker.leave()

    def restart(self) -> None:
        if places := self.world.vacant:
            self.world.start(self.rng.choice(places))

    def retire(self) -> None:
        """Ask a worker to leave once its values are elsewhere. One at a time."""
        world, workers = self.world, self._with("running")
        # One that is on its way back from a retirement would not come back from a second one.
        ready = {ws.address for ws in world.scheduler.running} & {w.address for w in workers}
        if ready and (self.retirement is None or self.retirement.done()):
            address = self.rng.choice(sorted(ready))
            world.tell("scheduler", "retires", address)
            self.retirement = world.loop.create_task(
                world.scheduler.retire_workers(
                    workers=[address],
                    close_workers=True,
                    remove=True,
                    stimulus_id=f"retire-{world.loop.clock()}",
                )
            )

    def tidy(self) -> None:
        """Dask's own memory manager looks once."""
        self.world.scheduler.extensions["amm"].run_once()

    def shuffle(self) -> None:
        """A memory manager without reason looks once."""
        self.amm.run_once()

    def balance(self) -> None:
        self.world.scheduler.extensions["stealing"].balance()

    def steal(self) -> None:
        """Steal any task that could be stolen, whether or not that is wise."""
        scheduler = self.world.scheduler
        stealing = scheduler.extensions["stealing"]
        pairs = [
            (task, victim, thief)
            for task, (address, _) in stealing.key_stealable.items()
            if (victim := scheduler.workers.get(address)) is task.processing_on
            and victim is not None
            for thief in scheduler.idle.values()
            if thief is not victim
            and ((valid := scheduler.valid_workers(task)) is None or thief in valid)
        ]
        if pairs:
            task, victim, thief = self.rng.choice(pairs)
            self.world.tell(
                "scheduler", "steals", f"{task.key}: {victim.address} -> {thief.address}"
            )
            stealing.move_task_request(task, victim, thief)
