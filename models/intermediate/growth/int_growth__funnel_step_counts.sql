{%- set keys = ['funnel_id', 'segment_name', 'segment_value', 'entry_week'] -%}
{%- set counts = ['users', 'open_users', 'closed_users', 'reentered_users', 'settled_users'] -%}

with funnel_users as (
    select * from {{ ref('int_growth__funnel_users') }}
),

funnels as (
    select * from {{ ref('stg_reference__funnels') }}
),

funnel_steps as (
    select * from {{ ref('stg_reference__funnel_steps') }}
),

user_segments as (
    select * from {{ ref('int_activity__user_segments') }}
),

account_segments as (
    select * from {{ ref('int_activity__account_segments') }}
),

clock as (
    select * from {{ ref('stg_clock__as_of') }}
),

owner_segments as (
    select false as is_account, user_id as owner_id, segment_name, segment_value from user_segments
    union all
    select true as is_account, account_id as owner_id, segment_name, segment_value from account_segments
),

-- no wider than needed, because each row will be repeated per segment
reached as (
    select
        funnel_users.funnel_id,
        funnel_users.user_id is null as is_account,
        coalesce(funnel_users.user_id, funnel_users.unit_id) as owner_id,
        {{ period_start('week', 'funnel_users.entry_date') }} as entry_week,
        funnel_users.is_open,
        funnel_users.is_window_closed,
        funnel_steps.step_number,
        case funnel_steps.step_number
            {%- for step in range(2, funnel_max_steps() + 1) %}
            when {{ step }} then {{ seconds_between('funnel_users.step_' ~ (step - 1) ~ '_at', 'funnel_users.step_' ~ step ~ '_at') }}
            {%- endfor %}
        end as seconds
    from funnel_users
    inner join funnel_steps
        on funnel_users.funnel_id = funnel_steps.funnel_id and funnel_users.deepest_step >= funnel_steps.step_number
),

-- by week of entry, and without a week over all entries
entries as (
    select * from reached
    union all
    select
        funnel_id,
        is_account,
        owner_id,
        cast(null as date) as entry_week,
        is_open,
        is_window_closed,
        step_number,
        seconds
    from reached
),

-- grouped by owner first, who may have thousands of sessions, and only then by segment
owners as (
    select
        funnel_id,
        is_account,
        owner_id,
        entry_week,
        step_number,
        count(*) as users,
        count(*) filter (where is_open) as open_users,
        count(*) filter (where is_window_closed) as closed_users,
        count(*) filter (where is_open and is_window_closed) as reentered_users,
        count(*) filter (where not is_open and not is_window_closed) as settled_users
    from entries
    group by funnel_id, is_account, owner_id, entry_week, step_number
),

counted as (
    select
        owners.funnel_id,
        owner_segments.segment_name,
        owner_segments.segment_value,
        owners.entry_week,
        owners.step_number
        {%- for name in counts %},
        cast(sum(owners.{{ name }}) as bigint) as {{ name }}
        {%- endfor %}
    from owners
    inner join owner_segments
        on owners.is_account = owner_segments.is_account and owners.owner_id = owner_segments.owner_id
    group by
        owners.funnel_id, owner_segments.segment_name, owner_segments.segment_value, owners.entry_week, owners.step_number
),

timed as (
    select
        entries.funnel_id,
        owner_segments.segment_name,
        owner_segments.segment_value,
        entries.entry_week,
        entries.step_number,
        percentile_cont(0.5) within group (order by entries.seconds) as median_seconds,
        -- a value that occurs, because engines differ in the last digit of a value between two
        percentile_disc(0.9) within group (order by entries.seconds) as p90_seconds
    from entries
    inner join owner_segments
        on entries.is_account = owner_segments.is_account and entries.owner_id = owner_segments.owner_id
    where entries.is_window_closed and entries.step_number > 1
    group by
        entries.funnel_id, owner_segments.segment_name, owner_segments.segment_value, entries.entry_week, entries.step_number
),

date_range as (
    {{ date_range('counted', 'entry_week') }}
),

first_weeks as (
    select funnel_id, min(entry_week) as first_week
    from counted
    group by funnel_id
),

weeks as (
    select
        first_weeks.funnel_id,
        all_weeks.period_start as entry_week,
        all_weeks.period_end
    from {{ periods('date_range', ['week']) }} as all_weeks
    inner join first_weeks on all_weeks.period_start >= first_weeks.first_week
),

-- a funnel without entries has its total; a segment with entries has every week from the funnel's first on
expected as (
    select funnel_id, 'all' as segment_name, 'all' as segment_value, cast(null as date) as entry_week from funnels
    union
    select funnel_id, segment_name, segment_value, entry_week from counted where entry_week is null
    union all
    select segments.funnel_id, segments.segment_name, segments.segment_value, weeks.entry_week
    from (select distinct funnel_id, segment_name, segment_value from counted) as segments
    inner join weeks on segments.funnel_id = weeks.funnel_id
),

-- a union and not a join, because a join by texts and weeks would compare all weeks of a segment with one another:
-- docs/benchmarks.md#everything
stacked as (
    select
        {{ keys | join(', ') }},
        step_number
        {%- for name in counts %},
        {{ name }}
        {%- endfor %},
        cast(null as double precision) as median_seconds,
        cast(null as bigint) as p90_seconds
    from counted

    union all

    select
        {{ keys | join(', ') }},
        step_number
        {%- for name in counts %},
        0 as {{ name }}
        {%- endfor %},
        median_seconds,
        p90_seconds
    from timed

    union all

    select
        expected.funnel_id,
        expected.segment_name,
        expected.segment_value,
        expected.entry_week,
        funnel_steps.step_number
        {%- for name in counts %},
        0 as {{ name }}
        {%- endfor %},
        null as median_seconds,
        null as p90_seconds
    from expected
    inner join funnel_steps on expected.funnel_id = funnel_steps.funnel_id
),

filled as (
    select
        {{ keys | join(', ') }},
        step_number
        {%- for name in counts %},
        cast(sum({{ name }}) as bigint) as {{ name }}
        {%- endfor %},
        max(median_seconds) as median_seconds,
        max(p90_seconds) as p90_seconds
    from stacked
    group by {{ keys | join(', ') }}, step_number
),

last_steps as (
    select funnel_id, max(step_number) as step_number
    from funnel_steps
    group by funnel_id
),

compared as (
    select
        {%- for key in keys %}
        filled.{{ key }},
        {%- endfor %}
        coalesce(cast(filled.entry_week as text), 'all') as entry_period,
        cast(filled.step_number as integer) as step_number,
        funnel_steps.step_name,
        filled.step_number = last_steps.step_number as is_last_step,
        {{ start_of_local_date(add_days('weeks.period_end', 1)) }} + funnels.window_seconds * interval '1 second'
        <= {{ start_of_local_date(add_days('clock.as_of_date', 1)) }} as is_complete,
        {%- for name in counts %}
        filled.{{ name }},
        {%- endfor %}
        lag(filled.closed_users, 1, filled.closed_users) over in_order as previous_closed_users,
        first_value(filled.closed_users) over in_order as first_closed_users,
        filled.median_seconds as median_seconds_from_previous,
        cast(filled.p90_seconds as double precision) as p90_seconds_from_previous,
        clock.as_of_date
    from filled
    inner join funnel_steps
        on filled.funnel_id = funnel_steps.funnel_id and filled.step_number = funnel_steps.step_number
    inner join last_steps on filled.funnel_id = last_steps.funnel_id
    inner join funnels on filled.funnel_id = funnels.funnel_id
    left join weeks on filled.funnel_id = weeks.funnel_id and filled.entry_week = weeks.entry_week
    cross join clock
    window in_order as (
        partition by {% for key in keys %}filled.{{ key }}{{ ', ' if not loop.last }}{% endfor %} order by filled.step_number
    )
),

final as (
    select
        *,
        cast(closed_users as double precision) / nullif(previous_closed_users, 0) as step_conversion_rate,
        cast(closed_users as double precision) / nullif(first_closed_users, 0) as overall_conversion_rate
    from compared
)

select * from final
