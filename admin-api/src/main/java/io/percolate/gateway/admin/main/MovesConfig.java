package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.health.HealthConfig;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.rebalance.RebalanceConfig;
import io.percolate.gateway.admin.webhook.WebhookConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.warmup.wake.MoveConfig;

/** All settings of planned moves, of pods that fail, and of what is told of both. */
record MovesConfig(
        MoveConfig move,
        MigrationConfig migration,
        HealthConfig health,
        RebalanceConfig rebalance,
        WebhookConfig webhook) {
    static MovesConfig read(ConfigReader reader) {
        return new MovesConfig(
                MoveConfig.read(reader),
                MigrationConfig.read(reader),
                HealthConfig.read(reader),
                RebalanceConfig.read(reader),
                WebhookConfig.read(reader));
    }
}
