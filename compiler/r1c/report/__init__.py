"""Recipes -> one HTML page for a reviewer: findings, picture, forecast, files with origins, facts."""
