"""Monitors whose bodies a mapping reads: data, as a user would write it in the settings."""

from __future__ import annotations

from collections.abc import Mapping

MAPPINGS: Mapping[str, Mapping[str, str]] = {
    # Azure Monitor, common alert schema
    "azure": {
        # one alert may fire for several targets
        "dedup_key": "join(' ', [to_string(data.essentials.alertId || data.essentials.alertRule),"
        " to_string(data.essentials.configurationItems || data.essentials.alertTargetIDs)])",
        "status": "data.essentials.monitorCondition",
        "severity": "data.essentials.severity",
        "title": "data.essentials.alertRule",
        "description": "data.essentials.description",
        "starts_at": "data.essentials.firedDateTime",
        "ends_at": "data.essentials.resolvedDateTime",
        "component": "data.essentials.configurationItems[0]"
        " || (data.essentials.alertTargetIDs[0].split(@, '/')[?@ != ''] | [-1])",
        "labels": "{alertname: data.essentials.alertRule,"
        " signal_type: data.essentials.signalType,"
        " monitoring_service: data.essentials.monitoringService}",
    },
    # New Relic, the workflows' default template and the older channels' variables
    "newrelic": {
        "dedup_key": "id || issueId || incident_id",
        "status": "state || current_state",
        "severity": "priority || severity",
        "title": "title || issueTitle || condition_name",
        "description": "details || condition_description",
        "starts_at": "createdAt || activatedAt || timestamp",
        "ends_at": "closedAt || updatedAt",
        "links": "[issueUrl, incident_url]",
        "component": "entitiesData.names[0] || impactedEntities[0] || targets[0].name",
        "labels": "{alertname: alertConditionNames[0] || condition_name,"
        " policy: alertPolicyNames[0] || policy_name}",
    },
    # Google Cloud Monitoring, version 1.2
    "gcp": {
        "dedup_key": "incident.incident_id",
        "status": "incident.state",
        "severity": "incident.severity",
        "title": "incident.summary || incident.condition_name || incident.policy_name",
        "description": "incident.documentation.content",
        "starts_at": "incident.started_at",
        "ends_at": "incident.ended_at",
        "links": "[incident.url]",
        "component": "incident.resource.labels.service_name"
        " || incident.resource.labels.container_name || incident.resource.labels.function_name"
        " || incident.resource.labels.database_id || incident.resource.labels.host"
        # a pod is named by its label, as its workload
        " || (!(incident.resource.labels.pod_name)"
        " && (incident.resource_display_name || incident.resource_name)) || null",
        "labels": "merge({alertname: incident.condition_name || incident.policy_name},"
        " incident.resource.labels || `{}`)",
    },
}
"""By source. A mapping of the same name in the settings replaces one."""
