"""Certificates of others, validated against configured trust anchors."""
