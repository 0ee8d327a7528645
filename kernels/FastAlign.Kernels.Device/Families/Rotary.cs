namespace FastAlign.Kernels.Device;

/// <summary>Rotary embedding (Su et al., 2021): one thread per pair of dimensions. A position outside the table gives NaN.</summary>
public static class Rotary
{
    public static void RotaryKernel(RotaryArguments a)
    {
        if (a.Extent.IsOutside)
        {
            return;
        }

        int row = a.Extent.Row;
        int index = (int)a.Extent.Column;
        int head = index / a.Pairs * a.HeadWidth;
        int j = index % a.Pairs;
        int first = head + (a.IsInterleaved == 0 ? j : 2 * j);
        int second = a.IsInterleaved == 0 ? first + a.Pairs : first + 1;
        int position = a.Positions[row];
        bool isInside = (uint)position < (uint)a.P;
        Rotation<DeviceFloat> rotated = new(
            new DeviceFloat(a.X[row, first]),
            new DeviceFloat(a.X[row, second]),
            new DeviceFloat(isInside ? a.Table[position, j] : float.NaN),
            new DeviceFloat(isInside ? a.Sign * a.Table[position, a.Pairs + j] : float.NaN));
        a.X[row, first] = rotated.A.Value;
        a.X[row, second] = rotated.B.Value;
    }
}
