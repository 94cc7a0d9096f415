{#- A load is reported when its share of quarantined rows is at least `share` and `times` the share of the loads before, or at
    least `nearly_all`; it is reported for `days` days. -#}
{%- set share, times, nearly_all, days = 0.05, 3, 0.9, 7 -%}

with rows_by_load as (
    select * from {{ ref('rows_by_load') }}
),

quarantined_rows as (
    select * from {{ ref('quarantined_rows') }}
),

-- repeats are expected: an event may be delivered twice, and something with states has earlier ones
loads as (
    select
        load_id,
        table_name,
        landed_rows,
        rejected_rows + conflicting_rows as quarantined_rows,
        unreadable_rows,
        row_number() over (partition by table_name order by loaded_at nulls first, load_id) as load_number,
        max(loaded_at) over (partition by table_name) as last_loaded_at,
        loaded_at
    from rows_by_load
    where landed_rows > 0
),

compared as (
    select
        loads.*,
        coalesce(sum(landed_rows) over earlier, 0) as earlier_landed_rows,
        coalesce(sum(quarantined_rows) over earlier, 0) as earlier_quarantined_rows,
        cast(quarantined_rows as double precision) / landed_rows as quarantined_rate,
        cast(sum(quarantined_rows) over earlier as double precision) / sum(landed_rows) over earlier as earlier_quarantined_rate
    from loads
    window earlier as (partition by table_name order by load_number rows between unbounded preceding and 1 preceding)
),

reasons as (
    select
        coalesce(load_id, 'none') as load_id,
        table_name,
        reason,
        count(*) as row_count
    from quarantined_rows
    where reason <> 'duplicate_key'
    group by load_id, table_name, reason

    union all

    select load_id, table_name, 'unreadable' as reason, unreadable_rows as row_count
    from loads
    where unreadable_rows > 0
),

earlier_reasons as (
    select
        compared.load_id,
        compared.table_name,
        reasons.reason,
        sum(reasons.row_count) as row_count
    from compared
    inner join loads
        on compared.table_name = loads.table_name
        and compared.load_number > loads.load_number
    inner join reasons
        on loads.load_id = reasons.load_id
        and loads.table_name = reasons.table_name
    where compared.quarantined_rate >= {{ share }}
    group by compared.load_id, compared.table_name, reasons.reason
),

-- the reason whose share grew most
grown as (
    select
        reasons.load_id,
        reasons.table_name,
        reasons.reason,
        reasons.row_count,
        row_number() over (
            partition by reasons.load_id, reasons.table_name
            order by
                cast(reasons.row_count as double precision) / compared.landed_rows
                - cast(coalesce(earlier_reasons.row_count, 0) as double precision) / greatest(compared.earlier_landed_rows, 1) desc,
                reasons.reason
        ) as reason_rank
    from reasons
    inner join compared
        on reasons.load_id = compared.load_id
        and reasons.table_name = compared.table_name
    left join earlier_reasons
        on reasons.load_id = earlier_reasons.load_id
        and reasons.table_name = earlier_reasons.table_name
        and reasons.reason = earlier_reasons.reason
),

final as (
    select
        compared.load_id,
        compared.table_name,
        cast(compared.landed_rows as bigint) as landed_rows,
        cast(compared.quarantined_rows as bigint) as quarantined_rows,
        compared.quarantined_rate,
        cast(compared.earlier_landed_rows as bigint) as earlier_landed_rows,
        cast(compared.earlier_quarantined_rows as bigint) as earlier_quarantined_rows,
        compared.earlier_quarantined_rate,
        grown.reason as grown_reason,
        cast(coalesce(grown.row_count, 0) as bigint) as grown_rows,
        (
            compared.quarantined_rate >= {{ nearly_all }}
            or (
                compared.quarantined_rate >= {{ share }}
                and compared.quarantined_rate >= {{ times }} * coalesce(compared.earlier_quarantined_rate, 0)
            )
        )
        and (
            compared.loaded_at is null
            or compared.loaded_at > compared.last_loaded_at - interval '{{ days }} days'
        ) as is_conspicuous,
        compared.loaded_at
    from compared
    left join grown
        on compared.load_id = grown.load_id
        and compared.table_name = grown.table_name
        and grown.reason_rank = 1
)

select * from final
