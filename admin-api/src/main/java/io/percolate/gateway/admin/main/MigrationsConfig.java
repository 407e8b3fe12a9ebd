package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.health.HealthConfig;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.rebalance.RebalanceConfig;
import io.percolate.gateway.admin.webhook.WebhookConfig;
import io.percolate.gateway.routing.config.ConfigReader;

/** All settings of migrations, of pods that fail, and of what is told of both. */
record MigrationsConfig(
        MigrationConfig migration, HealthConfig health, RebalanceConfig rebalance, WebhookConfig webhook) {
    static MigrationsConfig read(ConfigReader reader) {
        return new MigrationsConfig(
                MigrationConfig.read(reader),
                HealthConfig.read(reader),
                RebalanceConfig.read(reader),
                WebhookConfig.read(reader));
    }
}
