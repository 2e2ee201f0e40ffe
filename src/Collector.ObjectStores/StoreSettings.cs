namespace Collector.ObjectStores;

/// <summary>Where objects go. In the texts of all stores, empty means that the provider's own default counts.</summary>
public abstract record StoreSettings;
