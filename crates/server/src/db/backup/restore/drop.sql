SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = 'warning';
DO $drop$
DECLARE
    ours CONSTANT oid := to_regnamespace(quote_ident($SCHEMA$));
    statements text[];
    statement text;
    dependants text;
BEGIN
    -- What others have built on our tables would go with them, and is in no backup.
    SELECT string_agg(DISTINCT name, ', ') INTO dependants FROM (
        SELECT v.oid::regclass::text AS name
        FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        JOIN pg_class v ON v.oid = r.ev_class AND v.relnamespace <> ours
        JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid AND t.relnamespace = ours
        UNION ALL
        SELECT f.oid::regclass::text
        FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid AND f.relnamespace <> ours
        JOIN pg_class t ON t.oid = k.confrelid AND t.relnamespace = ours
        WHERE k.contype = 'f'
    ) built;
    IF dependants IS NOT NULL THEN
        RAISE EXCEPTION 'views or tables of other schemas rest on the tables of this one: %. Drop them, and make them again afterwards',
            dependants;
    END IF;
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
