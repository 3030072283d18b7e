"""Several operations in one request: each undone alone when it fails, references to what others create resolved.

RFC 7644 §3.7: https://www.rfc-editor.org/rfc/rfc7644#section-3.7 . Operations run in the order in which they are
written; one that names a ``bulkId`` runs after the one that creates it (§3.7.1: a circle is refused). The whole
answers 200, and each operation its own status.
"""

from dataclasses import dataclass, field
from typing import Any

from flask import Response, request
from scim2_models import (
    ConflictException,
    InvalidSyntaxException,
    InvalidValueException,
    NotFoundException,
    PayloadTooLargeException,
)

from idp.db import db
from idp.habilitations.tenue import tenir
from idp.scim import addresses, answers, documents, groups, users
from idp.scim.blueprint import blueprint
from idp.scim.caller import OF_THE_CLIENT, Caller, program, the_caller
from idp.scim.documents import Document
from idp.scim.outcomes import Operations, Outcome
from idp.scim.service_provider import MAX_OPERATIONS

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
REFERENCE = "bulkId:"
ENDPOINTS: dict[str, Operations] = {"Users": users.OPERATIONS, "Groups": groups.OPERATIONS}


@dataclass(frozen=True, slots=True)
class Job:
    """One operation, as it is written."""

    method: str
    path: str
    data: Document
    bulk_id: str | None
    version: str | None


@dataclass(slots=True)
class Run:
    """What has been done so far; ``made`` are the ids of what was created, by ``bulkId``."""

    caller: Caller
    made: dict[str, str] = field(default_factory=dict)
    errors: int = 0


@blueprint.post(addresses.BULK)
@program
def bulk() -> Response:
    """§3.7."""
    document = documents.body(request)
    jobs, most = _jobs(document), _most_errors(document)
    caller = the_caller()
    # Also what starts the transaction, within which savepoints stand.
    tenir(caller.acteur.organisme_id)
    run, told = Run(caller), list[Document]()
    for job in _in_order(jobs):
        told.append(_done(run, job))
        if most is not None and run.errors >= most:
            break
    return answers.answer({"schemas": [RESPONSE], "Operations": told})


def _jobs(document: Document) -> list[Job]:
    schemas = documents.value_of(document, "schemas")
    if not isinstance(schemas, list) or REQUEST not in schemas:
        raise InvalidSyntaxException(detail=f"schemas names {REQUEST}")
    operations = documents.value_of(document, "Operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntaxException(detail="Operations is a list of operations")
    if len(operations) > MAX_OPERATIONS:
        raise PayloadTooLargeException(detail=f"{MAX_OPERATIONS} operations at most")
    jobs = [_job(one) for one in operations]
    names = [job.bulk_id for job in jobs if job.bulk_id is not None]
    if len(set(names)) < len(names):
        raise InvalidValueException(detail="a bulkId is written twice")
    return jobs


def _job(said: Any) -> Job:
    if not isinstance(said, dict):
        raise InvalidSyntaxException(detail="an operation is an object")
    method, path = documents.value_of(said, "method"), documents.value_of(said, "path")
    bulk_id, version = documents.value_of(said, "bulkId"), documents.value_of(said, "version")
    data = documents.value_of(said, "data")
    texts = all(isinstance(one, str) for one in (method, path))
    optional = all(isinstance(one, str | None) for one in (bulk_id, version))
    if not texts or not optional or not isinstance(data, dict | None):
        raise InvalidSyntaxException(detail="an operation has a method, a path and data")
    return Job(method.upper(), path, data or {}, bulk_id, version)


def _most_errors(document: Document) -> int | None:
    most = documents.value_of(document, "failOnErrors")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise InvalidValueException(detail="failOnErrors is a number, of 1 at least")
    return most


def _in_order(jobs: list[Job]) -> list[Job]:
    """As they are written, but each after those that create what it names; raises for a circle."""
    makers = {job.bulk_id: job for job in jobs if job.bulk_id is not None and job.method == "POST"}
    ordered: list[Job] = []
    underway: set[int] = set()

    def place(job: Job) -> None:
        if any(job is one for one in ordered):
            return
        if id(job) in underway:
            raise ConflictException(detail="bulkId references go round in a circle")
        underway.add(id(job))
        named = _references([job.data, job.path])
        for maker in [one for name, one in makers.items() if name in named]:
            place(maker)
        ordered.append(job)

    for job in jobs:
        place(job)
    return ordered


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        return _references(list(value.values()))
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, str):
        return set()
    _before, mark, name = value.partition(REFERENCE)
    return {name} if mark else set()


def _done(run: Run, job: Job) -> Document:
    named = {"bulkId": job.bulk_id} if job.bulk_id is not None else {}
    told: Document = {"method": job.method, **named}
    try:
        with db.session.begin_nested():
            outcome = _run(run, job)
    except OF_THE_CLIENT as error:
        run.errors += 1
        refused = answers.error_of(error)
        where = {} if job.method == "POST" else {"location": run.caller.base + job.path}
        return {**told, **where, "status": str(refused.status), "response": refused.model_dump()}
    if outcome.version is not None:
        told["version"] = outcome.version
    return {**told, "location": outcome.location, "status": str(int(outcome.status))}


def _run(run: Run, job: Job) -> Outcome:
    kind, _slash, identifier = _resolved(run, job.path).lstrip("/").partition("/")
    operations = ENDPOINTS.get(kind)
    if operations is None:
        raise NotFoundException(detail=f"{job.path} leads nowhere")
    data = _resolved(run, job.data)
    if job.method == "POST":
        return _create(run, job, operations, identifier, data)
    if not identifier:
        raise InvalidValueException(detail=f"{job.path} names no resource")
    if job.method == "PUT":
        return operations.replace(run.caller, identifier, data, job.version)
    if job.method == "PATCH":
        return operations.modify(run.caller, identifier, data, job.version)
    if job.method == "DELETE":
        return operations.delete(run.caller, identifier, job.version)
    raise InvalidValueException(detail=f"{job.method} is not POST, PUT, PATCH nor DELETE")


def _create(run: Run, job: Job, operations: Operations, identifier: str, data: Document) -> Outcome:
    if job.bulk_id is None or identifier:
        raise InvalidValueException(detail="POST needs a bulkId, and the path of a collection")
    outcome = operations.create(run.caller, data)
    run.made[job.bulk_id] = outcome.location.rpartition("/")[2]
    return outcome


def _resolved(run: Run, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _resolved(run, one) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(run, one) for one in value]
    if not isinstance(value, str) or REFERENCE not in value:
        return value
    before, _mark, name = value.partition(REFERENCE)
    if name not in run.made:
        raise InvalidValueException(detail=f"{REFERENCE}{name} was not created")
    return before + run.made[name]
