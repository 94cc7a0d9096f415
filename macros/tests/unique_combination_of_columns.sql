{# The columns together are a key: no two rows share them and none is null. dbt knows the test by this name and tells tools
   what identifies the rows of a model. #}
{% test unique_combination_of_columns(model, combination_of_columns) %}
select
    {{ combination_of_columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ combination_of_columns | join(', ') }}
having count(*) > 1{% for column in combination_of_columns %} or {{ column }} is null{% endfor %}
{% endtest %}
