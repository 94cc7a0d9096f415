-- the mean over the existing dates of the window
{%- for mart in ['fct_active_users_daily', 'fct_active_accounts_daily'] %}
select * from (
    select
        '{{ mart }}' as mart,
        date,
        segment_name,
        segment_value,
        mau,
        stickiness_rate,
        sum(dau) over mau_window as active_days,
        count(*) over mau_window as window_days
    from {{ ref(mart) }}
    window mau_window as (
        partition by segment_name, segment_value order by date
        rows between {{ (checked_var('mau_window_days') | int) - 1 }} preceding and current row
    )
) as {{ mart }}_windows
where stickiness_rate is distinct from cast(active_days as double precision) / nullif(window_days * mau, 0)
{{ 'union all' if not loop.last }}
{%- endfor %}
