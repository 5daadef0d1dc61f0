-- A session with its end user and the environment's rules, in one round trip.
CREATE FUNCTION open_connect_session(p_env uuid, p_id uuid)
RETURNS TABLE (
  allowed_integrations jsonb, defaults bytea, overrides jsonb, tags jsonb, webhook_url_override text, connection_id uuid,
  strict boolean, expires_at timestamptz, end_user jsonb, rules jsonb
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  RETURN QUERY SELECT s.allowed_integrations, s.defaults, s.overrides, s.tags, s.webhook_url_override, s.connection_id,
      s.strict, s.expires_at, to_jsonb(u), e.settings->'connect'
    FROM connect_sessions s CROSS JOIN environments e LEFT JOIN end_users u ON u.id = s.end_user_id WHERE s.id = p_id;
END $$;
--> statement-breakpoint
-- A browser leaves for the provider. false: the waiting page's id has served another flow, and nothing was stored.
CREATE FUNCTION insert_oauth_flow(
  p_env uuid, p_id uuid, p_state_hash bytea, p_browser_hash bytea, p_session uuid, p_integration uuid, p_client_hash bytea,
  p_pinned bytea, p_life interval
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.env_id', p_env::text, true);
  PERFORM set_config('synchronous_commit', 'off', true); -- lost with the server's last moments, the user clicks again
  IF p_client_hash IS NOT NULL THEN
    INSERT INTO flow_results (client_hash, environment_id, session_id, outcome, expires_at)
    VALUES (p_client_hash, p_env, p_session, '{"status": "pending"}', now() + p_life) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN false; END IF;
  END IF;
  INSERT INTO oauth_flows
    (id, environment_id, state_hash, browser_hash, session_id, integration_id, client_hash, pinned, expires_at)
  VALUES (p_id, p_env, p_state_hash, p_browser_hash, p_session, p_integration, p_client_hash, p_pinned, now() + p_life);
  RETURN true;
END $$;
