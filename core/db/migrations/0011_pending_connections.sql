ALTER TABLE "connect_sessions" ADD COLUMN "require_confirmation" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
-- A session may want its connection confirmed.
CREATE OR REPLACE FUNCTION create_connect_session(
  p_env uuid, p_id uuid, p_token_hmac bytea, p_defaults bytea, p_end_user_row uuid, p jsonb,
  OUT unknown_integrations jsonb, OUT unknown_connection boolean, OUT expires_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  wanted jsonb := p->'end_user';
  bound uuid;
  owner uuid;
  rules jsonb;
  is_strict boolean;
  minutes int;
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  SELECT jsonb_agg(named.key) INTO unknown_integrations FROM jsonb_array_elements_text(p->'integrations') AS named(key)
    WHERE NOT EXISTS (SELECT 1 FROM integrations i WHERE i.unique_key = named.key AND i.deleted_at IS NULL);
  unknown_connection := false;
  IF unknown_integrations IS NOT NULL THEN RETURN; END IF;
  IF p ? 'connection' THEN
    SELECT c.id INTO bound FROM connections c JOIN integrations i ON i.id = c.integration_id
      WHERE i.unique_key = p->'allowed_integrations'->>0 AND i.deleted_at IS NULL
        AND c.connection_id = p->>'connection' AND c.deleted_at IS NULL;
    unknown_connection := bound IS NULL;
    IF unknown_connection THEN RETURN; END IF;
  END IF;
  IF wanted IS NOT NULL THEN
    SELECT u.id INTO owner FROM end_users u
      WHERE u.end_user_id = wanted->>'id' AND u.email IS NOT DISTINCT FROM wanted->>'email'
        AND u.display_name IS NOT DISTINCT FROM wanted->>'display_name'
        AND u.tags IS NOT DISTINCT FROM wanted->'tags'
        AND u.organization_id IS NOT DISTINCT FROM wanted->>'organization_id'
        AND u.organization_display_name IS NOT DISTINCT FROM wanted->>'organization_display_name';
    IF owner IS NULL THEN
      INSERT INTO end_users AS u
        (id, environment_id, end_user_id, email, display_name, tags, organization_id, organization_display_name)
      VALUES (p_end_user_row, p_env, wanted->>'id', wanted->>'email', wanted->>'display_name', wanted->'tags',
        wanted->>'organization_id', wanted->>'organization_display_name')
      ON CONFLICT (environment_id, end_user_id) DO UPDATE SET email = excluded.email,
        display_name = excluded.display_name, tags = excluded.tags, organization_id = excluded.organization_id,
        organization_display_name = excluded.organization_display_name, updated_at = now()
      RETURNING u.id INTO owner;
    END IF;
  END IF;
  SELECT e.settings->'connect' INTO rules FROM environments e;
  is_strict := COALESCE((rules->>'strict')::boolean, false);
  minutes := COALESCE((rules->>'sessionMinutes')::int, 30);
  IF is_strict THEN minutes := least(minutes, 15); END IF;
  expires_at := now() + make_interval(mins => minutes);
  INSERT INTO connect_sessions (id, environment_id, token_hmac, end_user_id, tags, allowed_integrations, defaults, overrides,
      webhook_url_override, connection_id, strict, require_confirmation, expires_at)
    VALUES (p_id, p_env, p_token_hmac, owner, p->'tags', p->'allowed_integrations', p_defaults, p->'overrides',
      p->>'webhook_url_override', bound, is_strict,
      COALESCE((p->>'require_confirmation')::boolean, false), create_connect_session.expires_at);
END $$;
--> statement-breakpoint
DROP FUNCTION open_connect_session(uuid, uuid);
--> statement-breakpoint
CREATE FUNCTION open_connect_session(p_env uuid, p_id uuid)
RETURNS TABLE (
  allowed_integrations jsonb, defaults bytea, overrides jsonb, tags jsonb, webhook_url_override text, connection_id uuid,
  strict boolean, require_confirmation boolean, expires_at timestamptz, end_user jsonb, rules jsonb
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT s.allowed_integrations, s.defaults, s.overrides, s.tags, s.webhook_url_override, s.connection_id,
      s.strict, s.require_confirmation, s.expires_at, to_jsonb(u), e.settings->'connect'
    FROM connect_sessions s CROSS JOIN environments e LEFT JOIN end_users u ON u.id = s.end_user_id WHERE s.id = p_id;
END $$;
--> statement-breakpoint
-- Nobody acts for a pending connection.
CREATE OR REPLACE FUNCTION find_action(p_env uuid, p_integration text, p_connection text, p_name text) RETURNS TABLE (
  environment_number int, environment_name text, settings jsonb, variables jsonb,
  integration_id uuid, provider text, integration_secrets bytea, integration_config jsonb,
  connection_id uuid, connection_config jsonb, metadata jsonb,
  credential bytea, credential_version bigint, expires_at timestamptz, refresh_at timestamptz,
  function_id uuid, enabled boolean, version_id uuid
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT e.number, e.name, e.settings,
      (SELECT jsonb_object_agg(v.name, encode(v.value, 'base64')) FROM variables v),
      i.id, i.provider, i.credentials, i.config, c.id, c.connection_config, c.metadata,
      k.value, k.version, k.expires_at, k.refresh_at, f.id, f.enabled, f.current_version_id
    FROM environments e
    LEFT JOIN integrations i ON i.unique_key = p_integration AND i.deleted_at IS NULL
    LEFT JOIN connections c ON c.integration_id = i.id AND c.connection_id = p_connection AND c.deleted_at IS NULL
      AND c.stage IS DISTINCT FROM 'pending'
    LEFT JOIN credentials k ON k.connection_id = c.id
    LEFT JOIN functions f ON f.integration_id = i.id AND f.type = 'action' AND f.name = p_name AND f.deleted_at IS NULL;
END $$;
