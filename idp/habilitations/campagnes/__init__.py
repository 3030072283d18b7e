"""Campaigns: the reminder of July to landlords, by mail or by letter."""
