SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = 'warning';
DO $drop$
DECLARE
    ours CONSTANT oid := to_regnamespace(quote_ident($SCHEMA$));
    statements text[];
    statement text;
BEGIN
    SELECT array_agg(format('DROP %s IF EXISTS %s CASCADE', kind, name) ORDER BY step) INTO statements FROM (
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
                WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
            c.oid::regclass::text AS name, CASE c.relkind WHEN 'S' THEN 2 ELSE 1 END AS step,
            'pg_class'::regclass AS catalogue, c.oid AS object
        FROM pg_class c WHERE c.relnamespace = ours AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
            p.oid::regprocedure::text, 3, 'pg_proc'::regclass, p.oid
        FROM pg_proc p WHERE p.pronamespace = ours
        UNION ALL
        SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text, 4, 'pg_type'::regclass, t.oid
        FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = ours AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
    ) found
    WHERE NOT EXISTS (
        SELECT 1 FROM pg_depend d
        WHERE d.classid = found.catalogue AND d.objid = found.object AND d.deptype = 'e');
    FOREACH statement IN ARRAY COALESCE(statements, ARRAY[]::text[]) LOOP
        EXECUTE statement;
    END LOOP;
END $drop$;
