"""The tools, as the Model Context Protocol names them; what they answer is in answers.py."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import Field

from productpulse import __version__, builds
from productpulse.catalogue.values import Wanted
from productpulse.errors import PulseError
from productpulse.mcp import answers, explain, problems
from productpulse.mcp.answers import Answer
from productpulse.mcp.approved import changes
from productpulse.reading import owner, reading

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

INSTRUCTIONS = """\
Numbers of a product-analytics warehouse. Each metric is defined once: find it with search_metrics,
read what it means with describe_metric, its numbers with metric_values, and where one of them comes
from with explain_value. Call problems before relying on numbers. Say with each number its as-of
date and its trust: proposed means that nobody has approved the definition yet, drifted that it has
changed since it was approved. A period with is_complete false is not over. An empty answer is an
error in words, never a zero. Everything is read only, and names, e-mail addresses and free text are
withheld.
"""
READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Id = Annotated[str, Field(description="Id of a metric, such as dau; see search_metrics.")]
Day = Annotated[str | None, Field(description="A date such as 2026-06-30.")]
Grain = Annotated[
    str | None,
    Field(description="day, week, month, quarter or fiscal_year; by default month if there is."),
]
Limit = Annotated[int, Field(description=f"Most rows, 1 to {answers.MOST_ROWS}.")]
Value = Annotated[str | None, Field(description="One value of the segment, such as DE.")]
By = Annotated[
    str | None, Field(description="Name of a segment such as country; by default the whole.")
]


class Tools:
    """The tools; the text of each is what agents read of it."""

    def __init__(self, timeout_seconds: int) -> None:
        self._timeout_seconds = timeout_seconds

    def search_metrics(
        self,
        query: Annotated[str, Field(description="Words; empty for all metrics.")],
        area: Annotated[str | None, Field(description="Only of an area such as revenue.")] = None,
    ) -> dict[str, Any]:
        """Find metrics by words in their id, label and description."""
        return self._ask(lambda cursor: answers.search_metrics(cursor, query, area))

    def describe_metric(self, id: Id) -> dict[str, Any]:
        """What a metric is: definition, owner, unit, risk, parameters in force, trust, segments."""

        def answer(cursor: "Cursor") -> Answer:
            return answers.describe_metric(cursor, id, changes(id, builds.last(owner())))

        return self._ask(answer)

    def metric_values(
        self,
        id: Id,
        from_date: Day = None,
        to_date: Day = None,
        grain: Grain = None,
        by: By = None,
        segment_value: Value = None,
        limit: Limit = answers.ROWS,
    ) -> dict[str, Any]:
        """The newest values of a metric, with the period before and the same a year before."""

        def answer(cursor: "Cursor") -> Answer:
            since, until = _date("from_date", from_date), _date("to_date", to_date)
            if since and until and since > until:
                raise PulseError("from_date is after to_date: exchange them")
            wanted = Wanted(since, until, grain, by, segment_value)
            return answers.metric_values(cursor, id, wanted, limit)

        return self._ask(answer)

    def explain_value(
        self,
        id: Id,
        date: Annotated[str, Field(description="First day of the period, such as 2026-06-01.")],
        grain: Grain = None,
        segment_name: By = None,
        segment_value: Value = None,
    ) -> dict[str, Any]:
        """Where one value comes from: definition, lineage, query, and the rows behind it."""

        def answer(cursor: "Cursor") -> Answer:
            day = _date("date", date)
            wanted = Wanted(day, day, grain, segment_name, segment_value)
            return explain.explain_value(cursor, id, wanted)

        return self._ask(answer)

    def problems(self) -> dict[str, Any]:
        """Metrics that drifted or are stale, tables that are behind, a build that is not whole."""
        return self._ask(lambda cursor: problems.problems(cursor, builds.last(owner())))

    def customer_360(
        self, account_id: Annotated[str, Field(description="Id of an account.")]
    ) -> dict[str, Any]:
        """All that is known of one account, without names and free text."""
        return self._ask(lambda cursor: answers.customer_360(cursor, account_id))

    def query(
        self,
        sql: Annotated[str, Field(description="One SELECT on tables of the marts.")],
        limit: Limit = answers.ROWS,
    ) -> dict[str, Any]:
        """Run one SELECT on the marts. Prefer the other tools, whose numbers are defined."""
        from productpulse.mcp import free_query

        return self._ask(lambda cursor: free_query.query(cursor, sql, limit))

    def _ask(self, answer: Callable[["Cursor"], Answer]) -> Answer:
        try:
            with reading(self._timeout_seconds) as cursor:
                return answer(cursor)
        except PulseError as error:
            raise ToolError(" ".join(str(error).split())) from error


def make(
    timeout_seconds: int,
    allow_sql: bool,
    auth: AuthSettings | None = None,
    token_verifier: TokenVerifier | None = None,
) -> MCPServer:
    """A server with all tools; `query` is one of them only where SQL is allowed."""
    tools = Tools(timeout_seconds)
    offered: list[Callable[..., dict[str, Any]]] = [
        *(tools.search_metrics, tools.describe_metric, tools.metric_values, tools.explain_value),
        *(tools.problems, tools.customer_360),
    ]
    if allow_sql:
        offered.append(tools.query)
    return MCPServer(
        "productpulse",
        instructions=INSTRUCTIONS,
        version=__version__,
        tools=[_strict(Tool.from_function(each, annotations=READS)) for each in offered],
        log_level="WARNING",
        auth=auth,
        token_verifier=token_verifier,
    )


def _strict(tool: Tool) -> Tool:
    """The same, which refuses an argument that it does not know, where the SDK passes over it."""
    model = tool.fn_metadata.arg_model
    model.model_config["extra"] = "forbid"
    model.model_rebuild(force=True)
    return tool.model_copy(update={"parameters": model.model_json_schema(by_alias=True)})


def _date(what: str, text: str | None) -> date | None:
    """A date as given. Raises PulseError for what is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(answers.plain(what, text))
    except ValueError as error:
        raise PulseError(
            f"{what} is {answers.shown(text)}: write a date like 2026-06-30"
        ) from error
